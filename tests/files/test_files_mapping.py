"""What the columns of real exports are taken for, and how the caller overrules it."""

import pytest

from twincast.domain.errors import InvalidInput
from twincast.domain.imports import ColumnMapping, KnownColumn
from twincast.files.exports import EXPORTS
from twincast.files.tables import Table, read_table
from twincast.reading.fields import KNOWN_FIELDS, field_at

KNOWN = tuple(KnownColumn(path=it.path, kind=it.kind, names=(it.name, *it.aliases)) for it in KNOWN_FIELDS)

KLAVIYO = b"""Email,Klaviyo ID,First Name,Phone Number,City,State / Region,Country,Email Marketing Consent,\
Historic Customer Lifetime Value,Historic Number Of Orders,Average Order Value,Profile Created On,Favourite Colour
ann@example.com,01ABC,Ann,+1 206 555 0100,Seattle,WA,US,SUBSCRIBED,"$1,200.50",12,100.04,2020-01-02 10:00:00,red
bob@example.com,01ABD,Bob,+49 30 555 0100,Berlin,,DE,NEVER_SUBSCRIBED,,,,2021-01-02 10:00:00,=1+1
"""
BRAZE = b"""external_id,first_name,email,country,home_city,time_zone,total_revenue,session_count,email_subscribe,dob
u1,Ann,ann@example.com,US,Seattle,America/Los_Angeles,120.5,30,opted_in,1980-02-03
"""
SHOPIFY = b"""Customer ID,First Name,Email,Accepts Email Marketing,Default Address City,Default Address Country Code,\
Default Address Zip,Phone,Accepts SMS Marketing,Total Spent,Total Orders,Note,Tax Exempt,Tags
'6940,Ann,ann@example.com,yes,Rome,IT,00118,'+39 555,no,10.00,2,"nice, asks much",no,"vip, new"
"""


def table_and_mapping(data: bytes, overrides: dict[str, str | None] | None = None) -> tuple[Table, ColumnMapping]:
    table = read_table(data)
    return table, table.mapping(KNOWN, overrides)


def fields(mapping: ColumnMapping) -> dict[str, str | None]:
    return {match.column: match.field for match in mapping.matches}


def records(data: bytes, overrides: dict[str, str | None] | None = None) -> list[object]:
    table, mapping = table_and_mapping(data, overrides)
    return list(table.mapped(mapping, KNOWN).records)


def refusal(data: bytes, overrides: dict[str, str | None] | None = None) -> InvalidInput:
    with pytest.raises(InvalidInput) as caught:
        table_and_mapping(data, overrides)
    return caught.value


class TestExports:
    def test_klaviyo(self) -> None:
        assert table_and_mapping(KLAVIYO)[1].source == "klaviyo"
        assert records(KLAVIYO) == [
            {
                "customer_id": "01ABC",
                "profile": {"location": "Seattle, WA, US", "consent_email": True, "favourite_colour": "red"},
                "behavioral_data": {"lifetime_value": 1200.5, "average_order_value": 100.04},
                "history": {"total_purchases": 12, "customer_since": "2020-01-02 10:00:00"},
            },
            {
                "customer_id": "01ABD",
                "profile": {"location": "Berlin, DE", "consent_email": False, "favourite_colour": "=1+1"},
                "history": {"customer_since": "2021-01-02 10:00:00"},
            },
        ]

    def test_braze(self) -> None:
        table, mapping = table_and_mapping(BRAZE)
        assert mapping.source == "braze"
        record = table.mapped(mapping, KNOWN).records[0]
        assert record["customer_id"] == "u1"
        assert record["profile"] == {
            "location": "Seattle, US", "timezone": "America/Los_Angeles", "consent_email": True, "dob": "1980-02-03",
        }  # fmt: skip
        assert record["behavioral_data"]["lifetime_value"] == 120.5  # type: ignore[index]  # a record's section

    def test_shopify(self) -> None:
        assert table_and_mapping(SHOPIFY)[1].source == "shopify"
        record = records(SHOPIFY)[0]
        assert record == {
            "customer_id": "6940",
            "profile": {
                "consent_email": True, "consent_sms": False, "location": "Rome, IT", "default_address_zip": "00118",
                "tax_exempt": False, "tags": "vip, new",
            },
            "behavioral_data": {"lifetime_value": 10.0},
            "history": {"total_purchases": 2},
            "context": "nice, asks much",
        }  # fmt: skip

    @pytest.mark.parametrize("data", [KLAVIYO, BRAZE, SHOPIFY], ids=["klaviyo", "braze", "shopify"])
    def test_names_and_addresses_of_persons_are_left_out_unless_mapped(self, data: bytes) -> None:
        held = repr(records(data))
        assert "Ann" not in held
        assert "ann@example.com" not in held
        assert "555" not in held

    @pytest.mark.parametrize("source", sorted(EXPORTS))
    def test_every_field_they_lead_to_is_one_that_the_reading_knows(self, source: str) -> None:
        for path in EXPORTS[source].values():
            section, _, name = path.rpartition(".")
            assert field_at(section, name) is not None, path


class TestNames:
    def test_every_known_field_is_found_by_its_own_name(self) -> None:
        names = [column.names[0] for column in KNOWN]
        mapping = table_and_mapping((",".join(names) + "\n").encode())[1]
        assert fields(mapping) == {column.names[0]: column.path for column in KNOWN}

    @pytest.mark.parametrize("name", ["averageOrderValue", "Average Order-Value", "AVERAGE_ORDER_VALUE", "aov"])
    def test_spelling_does_not_matter(self, name: str) -> None:
        mapping = table_and_mapping(f"customer_id,{name}\nc1,2\n".encode())[1]
        assert fields(mapping)[name] == "behavioral_data.average_order_value"

    def test_dotted_columns_map_themselves(self) -> None:
        data = b"customer_id,behavioral_data.average_order_value,history.my own thing\nc1,2.5,x\n"
        assert records(data) == [
            {"customer_id": "c1", "behavioral_data": {"average_order_value": 2.5}, "history": {"my own thing": "x"}}
        ]

    def test_what_is_unknown_is_kept_under_its_own_name(self) -> None:
        mapping = table_and_mapping(b"customer_id,Shoe Size,app_sessions,loans_before\nc1,42,3,0\n")[1]
        assert fields(mapping) == {
            "customer_id": "customer_id",
            "Shoe Size": "profile.shoe_size",
            "app_sessions": "behavioral_data.app_sessions",
            "loans_before": "history.loans_before",
        }

    def test_a_surer_column_has_the_field_and_the_other_is_kept(self) -> None:
        mapping = table_and_mapping(b"customer_id,customer_age,age\nc1,1,2\n")[1]
        assert fields(mapping)["age"] == "profile.age"
        assert fields(mapping)["customer_age"] == "profile.customer_age"

    @pytest.mark.parametrize("other", ["aov", "history.returns"])
    def test_a_column_named_like_a_section_is_a_column(self, other: str) -> None:
        (record,) = records(f"customer_id,history,{other}\nc1,142.5,2\n".encode())
        assert isinstance(record, dict)
        assert record["history"]["history"] == 142.5

    def test_names_that_read_alike_stay_columns_of_their_own(self) -> None:
        data = b"customer_id,Shoe size,shoe_size,shoe-size\nc1,1,2,3\n"
        assert records(data) == [{"customer_id": "c1", "profile": {"shoe_size": 1, "shoe_size_2": 2, "shoe_size_3": 3}}]

    def test_confidence_falls_from_own_name_to_guess(self) -> None:
        mapping = table_and_mapping(b"customer_id,profile.age,aov,lieblingsfarbe\nc1,1,2,x\n")[1]
        sure = {match.column: match.confidence for match in mapping.matches}
        assert sure["profile.age"] > sure["aov"] > sure["lieblingsfarbe"] > 0
        assert all(match.reason for match in mapping.matches)


class TestValues:
    def test_channels_and_frequencies_are_recognised(self) -> None:
        mapping = table_and_mapping(b"customer_id,kanal,wie_oft\nc1,email,monthly\nc2,sms;push,weekly\n")[1]
        assert fields(mapping)["kanal"] == "behavioral_data.preferred_channels"
        assert fields(mapping)["wie_oft"] == "behavioral_data.purchase_frequency"

    def test_addresses_under_another_name_are_left_out(self) -> None:
        mapping = table_and_mapping(b"customer_id,kontakt\nc1,a@example.com\nc2,b@example.com\n")[1]
        assert fields(mapping)["kontakt"] is None


class TestCustomerId:
    @pytest.mark.parametrize("name", ["id", "User ID", "external_id", "Kunde.id", "client-id"])
    def test_is_found_under_its_usual_names(self, name: str) -> None:
        if name == "Kunde.id":
            assert "Kunde.id" in refusal(f"{name},a\n1,2\n".encode()).detail
        else:
            assert fields(table_and_mapping(f"{name},a\n1,2\n".encode())[1])[name] == "customer_id"

    def test_the_surest_of_several_is_taken_and_the_others_left_out(self) -> None:
        mapping = table_and_mapping(b"id,customer_id\n1,c1\n")[1]
        assert fields(mapping) == {"id": None, "customer_id": "customer_id"}

    def test_addresses_stand_in_only_where_each_stands_once(self) -> None:
        assert fields(table_and_mapping(b"Email,a\na@x.io,1\nb@x.io,2\n")[1])["Email"] == "customer_id"
        assert "customer's id" in refusal(b"Email,a\na@x.io,1\nA@x.io,2\n").detail

    @pytest.mark.req("I13")
    def test_without_one_the_columns_are_named(self) -> None:
        error = refusal(b"colour,size\nred,2\n")
        assert error.problems[0].field == "customer_id"
        assert "'colour', 'size'" in error.detail

    def test_whole_numbers_become_ids_as_written(self) -> None:
        assert records(b'{"id": 7}\n{"id": 8.0}\n') == [{"customer_id": "7"}, {"customer_id": "8"}]
        assert records(b"id,a\n007,1\n")[0]["customer_id"] == "007"  # type: ignore[index]  # a record is a mapping


class TestOverrides:
    def test_what_the_caller_says_wins(self) -> None:
        data = b"nr,Umsatz,customer_id\nn1,5,c1\n"
        mapping = table_and_mapping(data, {"nr": "customer_id", "Umsatz": "behavioral_data.lifetime_value"})[1]
        assert fields(mapping) == {"nr": "customer_id", "Umsatz": "behavioral_data.lifetime_value", "customer_id": None}
        assert mapping.matches[0].confidence == 1.0

    def test_a_column_can_be_left_out(self) -> None:
        assert records(b"customer_id,secret\nc1,x\n", {"secret": None}) == [{"customer_id": "c1"}]

    def test_an_unknown_column_names_the_nearest(self) -> None:
        assert "did you mean 'umsatz'?" in refusal(b"customer_id,umsatz\nc1,1\n", {"umsaz": "context"}).detail

    @pytest.mark.parametrize("place", ["lifetime_value", "secrets.x", "profile.", "../x"])
    def test_no_place_in_a_record_is_refused(self, place: str) -> None:
        error = refusal(b"customer_id,a\nc1,1\n", {"a": place})
        assert "is no place in a customer record" in error.detail
        assert "profile." in error.problems[0].allowed

    def test_two_columns_for_one_field_are_refused(self) -> None:
        error = refusal(b"customer_id,a,b\nc1,1,2\n", {"a": "profile.age", "b": "profile.age"})
        assert "'b' and 'a' are both mapped to profile.age" in error.detail

    def test_the_id_can_be_taken_away_only_with_another(self) -> None:
        assert "customer_id" in refusal(b"customer_id,a\nc1,1\n", {"customer_id": None}).detail


class TestRecordsOfTheApi:
    def test_pass_through_unchanged(self) -> None:
        line = b'{"customer_id": "c1", "profile": {"age": null, "a.b": 1}, "psychographic_traits": [],'
        line += b' "history": {"transactions": [{"amount": 1}]}, "context": null}\n'
        assert records(line) == [
            {
                "customer_id": "c1",
                "profile": {"age": None, "a.b": 1},
                "history": {"transactions": [{"amount": 1}]},
                "psychographic_traits": [],
                "context": None,
            }
        ]

    def test_a_day_in_the_rows_is_left_out_since_one_holds_for_all(self) -> None:
        assert records(b'{"customer_id": "c1", "as_of": "2020-01-01"}\n') == [{"customer_id": "c1"}]

    def test_a_section_of_the_wrong_type_reaches_the_reading(self) -> None:
        data = b'{"customer_id": "c1", "profile": {"age": 4}}\n{"customer_id": "c2", "profile": "x"}\n'
        assert records(data)[1] == {"customer_id": "c2", "profile": "x"}

    def test_what_stands_beside_a_wrapped_customer_is_left_out(self) -> None:
        data = b'{"customer": {"customer_id": "c1", "profile": {"age": 4}}, "outcome": {"bought": 1}, "arm": "a"}\n'
        assert records(data) == [{"customer_id": "c1", "profile": {"age": 4}}]


class TestCells:
    def test_one_that_can_not_be_read_is_a_problem_of_its_row(self) -> None:
        table, mapping = table_and_mapping(b"customer_id,total_purchases\nc1,1\nbad row\nc3,many\n")
        rows = table.mapped(mapping, KNOWN)
        ragged, wordy = rows.problems
        assert (ragged.row, ragged.field) == (1, "row")
        assert (wordy.row, wordy.field) == (2, "history.total_purchases")
        assert "'many' is not a number (column 'total_purchases')" in wordy.message
        assert rows.records[1] == {"customer_id": "c3"}
        assert list(rows.rows) == [0, 2]
        assert rows.total == 3
