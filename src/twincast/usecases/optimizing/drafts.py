"""Drafts of a language model, made from the best plan's words and judged as any other text. It gives no number."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import msgspec

from twincast.domain.chats import Unsaid
from twincast.domain.ids import SessionId, TwinId
from twincast.reading.briefs import DraftedMessage, draft_prompt
from twincast.usecases.context import Context
from twincast.usecases.optimizing.boards import Board, reduced
from twincast.usecases.optimizing.texts import Text

NOBODY = "No language model is set up: nobody drafts."


def drafted(
    ctx: Context, board: Board, best: Sequence[Text], count: int, *, twin: TwinId, session: SessionId
) -> tuple[list[Text], Mapping[str, str]]:
    """Return drafts, and why those are missing that did not come.

    They say what the best plan says. Every call counts against the workspace's budget; what is over it is not asked.

    Args:
        best: plans in words, best first; one at least, or nothing is asked.
        count: how many; each is a draw of its own.
        twin, session: whom the answers go with when she is erased, and where calls are counted.
    """
    plan = best[0].plan if best else None
    if count == 0 or plan is None:
        return [], {}
    if ctx.chat is None:
        return [], {"draft": NOBODY}
    nameless = reduced(board, replace(plan, named=False)) or best[0]
    wanted = board.wanted
    prompts = [
        replace(
            draft_prompt(
                nameless.content,
                wanted.constraints,
                tone=plan.tone,
                occasion=wanted.occasion,
                product=wanted.product,
                draw=draw,
            ),
            twin=twin,
            session=session,
        )
        for draw in range(count)
    ]
    texts: list[Text] = []
    missing: dict[str, str] = {}
    for number, said in enumerate(ctx.chat.ask(ctx.workspace, prompts), start=1):
        if isinstance(said, Unsaid):
            missing[f"draft:{number}"] = f"{said.code}: {said.detail}"
            continue
        content = msgspec.json.decode(said.text, type=DraftedMessage).content.strip()
        intervention = replace(best[0].intervention, content=content)
        texts.append(Text(source=f"draft:{number}", intervention=intervention, subject=best[0].subject))
    return texts, missing
