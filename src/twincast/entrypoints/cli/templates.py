"""`twincast templates`: messages for common occasions."""

from typing import TYPE_CHECKING

import click

from twincast.entrypoints.cli.options import common, print_json

if TYPE_CHECKING:
    from twincast.domain.templates import Slot, Template


@click.command("templates")
@click.argument("template", required=False)
@common
def command(template: str | None, database: str | None, as_json: bool) -> None:
    """List messages for common occasions, or show one TEMPLATE with its slots.

    Use one with `twincast test --template ID --slot name=text`.
    """
    from twincast.entrypoints.cli.documents import templates_document
    from twincast.entrypoints.cli.pages import bullets, say, table
    from twincast.usecases import catalogue

    known = catalogue.message_templates(template)
    if as_json:
        print_json(templates_document(known))
        return
    if template is None:
        table(["template", "what for", "slots"], [(it.id, it.meaning, ", ".join(_slots(it))) for it in known])
        return
    for it in known:
        say(f"{it.id}: {it.meaning}\n\n  {it.text}\n\nFor example: {it.example}")
        bullets("Slots", [f"{slot.name}: {slot.meaning}" + _default(slot) for slot in it.slots])
        bullets("Predicted unless you say otherwise", it.fields)


def _slots(template: "Template") -> list[str]:
    return [slot.name if slot.default is None else f"[{slot.name}]" for slot in template.slots]


def _default(slot: "Slot") -> str:
    return "" if slot.default is None else f" Left out: '{slot.default}'."
