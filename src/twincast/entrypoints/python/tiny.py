"""The verbs of the notebooks that the document follows: `control`, `TinyPersonFactory`, `TinyWorld`."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from twincast.entrypoints.python.interventions import Message

if TYPE_CHECKING:
    from twincast.domain.sessions import Checkpoint, Session
    from twincast.domain.trials import Trial
    from twincast.domain.twins import Twin
    from twincast.entrypoints.python.services import Services


class Control:
    """`control.begin(cache_file)`, `control.checkpoint()`, `control.end()`."""

    def __init__(self, services: "Services") -> None:
        self._service = services.simulation_control_service

    def begin(self, cache_file: str | None = None) -> "Session":
        """Begin a session."""
        return self._service.begin_session(cache_file)

    def checkpoint(self, name: str = "checkpoint") -> "Checkpoint":
        """Mark where it stands; a name that is used again gets another version."""
        return self._service.checkpoint(name)

    def end(self) -> "Session":
        """End it."""
        return self._service.end_session()


class TinyPersonFactory:
    """Makes twins that share a context."""

    def __init__(self, services: "Services", context: str | None = None) -> None:
        self._service = services.population_service
        self._context = context

    def generate_person(self, customer_data: Mapping[str, Any], **more: Any) -> "Twin":
        """Make the twin of one customer (`PopulationService.create_grounded_persona`)."""
        return self._service.create_grounded_persona(customer_data, context=self._context, **more)

    def generate_people(self, customers: Sequence[Mapping[str, Any]], **more: Any) -> "list[Twin]":
        """Make the twins of several customers."""
        return [self.generate_person(customer, **more) for customer in customers]


class TinyWorld:
    """Agents that hear one message; each has it to itself, and none hears another."""

    def __init__(self, services: "Services", name: str, agents: "Sequence[Twin | str]") -> None:
        self.name = name
        self.agents = tuple(agents)
        self._service = services.simulation_service
        self._heard: list[Message] = []

    def broadcast(self, message: Message) -> None:
        """Let all agents hear a message; they answer when the world runs."""
        self._heard.append(message)

    def run(self, rounds: int = 1, *, fields: Sequence[str] | None = None) -> "list[Trial]":
        """Let every agent answer what was heard since the last run, in order, and remember it in the session.

        Args:
            rounds: turns in which an agent thinks about a message and answers it.
            fields: what to predict; None for the usual fields.

        Returns:
            One result for each message and agent.
        """
        heard, self._heard = self._heard, []
        return [
            self._service.run_individual_simulation(agent, message, fields=fields, rounds=rounds, enable_memory=True)
            for message in heard
            for agent in self.agents
        ]
