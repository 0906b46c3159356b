"""The document's services and verbs in Python: each drives what stands behind the API."""

import doctest
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

import twincast
from tests.usecases.shop import AT_RISK, BARGAIN, DOCUMENT, Calendar
from twincast import Control, ResultsExtractor, Services, TinyPersonFactory, TinyWorld, Twincast
from twincast.domain.errors import InvalidInput, PhaseRefused, SessionRequired
from twincast.domain.predictions import FieldPrediction
from twincast.entrypoints.python import services as services_module

OFFER = {"type": "promotional_offer", "channel": "email", "content": "20% off all coffee this weekend"}


@pytest.fixture
def services() -> Iterator[Services]:
    with Twincast(clock=Calendar()) as tc:
        yield tc.services


class TestServices:
    @pytest.mark.req("R194", "R195", "R196", "R197", "R198", "R199")
    def test_the_documents_code_runs_as_it_is_printed(self, services: Services) -> None:
        simulation_control_service = services.simulation_control_service
        population_service, simulation_service = services.population_service, services.simulation_service
        results_extractor, validation_service = services.results_extractor, services.validation_service
        customer_data, intervention = DOCUMENT, OFFER

        session = simulation_control_service.begin_session("customer_intervention_test.cache.json")
        customer_twin = population_service.create_grounded_persona(customer_data)
        result = simulation_service.run_individual_simulation(customer_twin, intervention)
        predictions = results_extractor.extract_results_from_agent(
            customer_twin, extraction_objective="Predict customer response", fields=["engagement", "purchase_intent"]
        )
        validation = validation_service.validate_prediction_quality(predictions, confidence_threshold=0.7)
        ended = simulation_control_service.end_session(session.id)

        assert session.cache_file == "customer_intervention_test.cache.json"
        assert customer_twin.id == "twin_cust_12345"
        assert result.session_id == session.id
        assert list(predictions.values()) == list(result.answer.predictions[:2])
        assert (validation.passed, validation.uncalibrated) == (False, ("engagement", "purchase_intent"))
        assert all(it.reasons for it in validation.fields)
        assert ended.phase == "ended"

    @pytest.mark.req("R195")
    def test_the_same_data_make_the_same_twin_as_everywhere(self, services: Services) -> None:
        made = services.population_service.create_grounded_persona(DOCUMENT, personality_fragments=["brand_loyal"])
        parts = services.population_service.create_grounded_persona(
            {"customer_id": "cust_12345", "profile": DOCUMENT["profile"]},
            grounding_sources=[
                {"type": "purchase_history", "content": DOCUMENT["history"]},
                {"type": "behavioral_data", "content": DOCUMENT["behavioral_data"]},
            ],
            personality_fragments=DOCUMENT["psychographic_traits"],
            context=DOCUMENT["context"],
        )
        assert (made.version, parts.version, made.digest) == (1, 1, parts.digest)

    @pytest.mark.req("R166", "R197")
    def test_agents_are_extracted_with_objective_situation_fields_and_hints(self, services: Services) -> None:
        services.simulation_control_service.begin_session()
        agents = [services.population_service.create_grounded_persona(it) for it in (DOCUMENT, BARGAIN)]
        for agent in agents:
            services.simulation_service.run_individual_simulation(agent, OFFER)
        found = services.results_extractor.extract_results_from_agents(
            agents,
            extraction_objective="Extract effectiveness",
            situation="Customers were presented with an offer",
            fields=["customer_id", "purchase_likelihood", "mood"],
            fields_hints={"purchase_likelihood": "Say 1.0"},
        )
        assert [(it["customer_id"], it["mood"]) for it in found] == [("cust_12345", None), ("bargain", None)]
        assert all(isinstance(it["purchase_likelihood"], FieldPrediction) for it in found)
        with pytest.raises(InvalidInput, match="fields_hints"):
            services.results_extractor.extract_results_from_agents(agents, fields_hints={"mood": "x"})

    def test_only_the_agents_that_are_asked_for_are_extracted(self, services: Services) -> None:
        services.simulation_control_service.begin_session()
        agents = [services.population_service.create_grounded_persona(it) for it in (DOCUMENT, BARGAIN)]
        services.simulation_service.run_individual_simulation(agents[0], OFFER)
        assert services.results_extractor.extract_results_from_agent(agents[1], fields=["will_click"]) == {
            "will_click": None
        }
        with pytest.raises(InvalidInput, match="nothing to judge"):
            services.validation_service.validate_prediction_quality({"reasoning": "words"})

    @pytest.mark.req("R198")
    def test_what_holds_no_value_does_not_pass(self, services: Services) -> None:
        found = services.validation_service.validate_prediction_quality({"will_click": None})
        assert (found.passed, found.under_threshold) == (False, ("will_click",))

    def test_a_twin_is_validated(self, services: Services) -> None:
        twin = services.population_service.create_grounded_persona(DOCUMENT)
        assert services.validation_service.validate_twin(twin, {"age": 45}).score == 1.0

    def test_without_a_session_nothing_is_extracted_or_ended(self, services: Services) -> None:
        twin = services.population_service.create_grounded_persona(DOCUMENT)
        config = {
            "interaction_config": {"rounds": 2, "enable_thinking": True},
            "extraction_config": {"fields": ["purchase_intent", "mood"]},
        }
        told = services.simulation_service.run_individual_simulation(twin, OFFER, config=config)
        assert (len(told.answer.turns), bool(told.answer.thinking), set(told.unavailable)) == (2, True, {"mood"})
        assert services.simulation_service.run_individual_simulation(twin, None).answer.intervention.type == "none"
        with pytest.raises(SessionRequired, match="begin one first"):
            services.results_extractor.extract_results_from_agent(twin)
        with pytest.raises(SessionRequired):
            services.simulation_control_service.end_session()

    def test_a_restored_session_is_the_current_one(self, services: Services) -> None:
        control = services.simulation_control_service
        first = control.begin_session()
        twin = services.population_service.create_grounded_persona(AT_RISK)
        control.checkpoint("empty")
        services.simulation_service.run_individual_simulation(twin, OFFER)
        other = control.restore("empty", elsewhere=True)
        assert other.id != first.id
        assert services.results_extractor.extract_results_from_agents([twin]) == []
        control.end_session(first.id)
        assert services.session_id == other.id
        services.session_id = first.id
        with pytest.raises(PhaseRefused):
            services.simulation_service.run_individual_simulation(twin, OFFER)


class TestVerbs:
    @pytest.mark.req("R200")
    def test_control_begins_marks_and_ends(self, services: Services) -> None:
        control = Control(services)
        session = control.begin("focus.cache.json")
        assert (control.checkpoint().version, control.checkpoint().version) == (1, 2)
        assert control.end().id == session.id

    @pytest.mark.req("R200")
    def test_a_factory_makes_twins_that_share_a_context(self, services: Services) -> None:
        people = TinyPersonFactory(services, "Loves quality.").generate_people(
            [{"id": 1}, {"id": 2}], as_of="2026-05-01"
        )
        assert [(it.customer_id, it.as_of) for it in people] == [("1", date(2026, 5, 1)), ("2", date(2026, 5, 1))]
        assert all("Loves quality." in it.record for it in people)

    @pytest.mark.req("R200")
    def test_a_world_broadcasts_and_runs(self, services: Services) -> None:
        Control(services).begin()
        agents = TinyPersonFactory(services).generate_people([DOCUMENT, BARGAIN])
        world = TinyWorld(services, "shop", agents)
        assert world.run() == []
        world.broadcast("20% off this weekend")
        world.broadcast(OFFER)
        results = world.run(2, fields=["will_engage"])
        assert [it.customer_id for it in results] == ["cust_12345", "bargain"] * 2
        assert all(len(it.answer.turns) == 2 for it in results)
        assert results[2].head.position > 0  # the second message met a twin that remembers the first

    @pytest.mark.req("R200")
    def test_an_extractor_reads_what_the_world_answered(self, services: Services) -> None:
        Control(services).begin()
        world = TinyWorld(services, "shop", TinyPersonFactory(services).generate_people([DOCUMENT]))
        world.broadcast(OFFER)
        (result,) = world.run(fields=["will_engage"])
        (found,) = ResultsExtractor(services).extract_results_from_agents(world.agents, fields=["will_engage"])
        assert found["will_engage"] == result.answer.predictions[0]


def test_the_examples_of_the_docstrings_hold() -> None:
    done = doctest.testmod(services_module)
    assert (done.failed, done.attempted > 5) == (0, True)


def test_every_exported_name_is_there() -> None:
    assert all(getattr(twincast, name) for name in twincast.__all__)
    scope: dict[str, Any] = {}
    exec("from twincast import *", scope)  # noqa: S102 - what a notebook does
    assert set(twincast.__all__) <= set(scope)
