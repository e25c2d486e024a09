"""Templates: one pass, any text, and nothing of a value is ever looked at again."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.campaigns import templates
from app.campaigns.templates import MissingField, TemplateError
from app.people import columns

MARIA = {"first_name": "Maria", "slot": "10:30", "sender": "Dana"}


def render(template: str, values: dict[str, str] | None = None) -> str:
    return templates.parse(template).render(MARIA if values is None else values).text


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("", ""),
        ("Hi {first_name}, this is {sender}.", "Hi Maria, this is Dana."),
        ("{First Name} {FIRST_NAME} { first-name }", "Maria Maria Maria"),
        ("{first_name|there}", "Maria"),
        ("{nick|there}", "there"),
        ("{nick|}!", "!"),
        ("{nick| a | b }", " a | b "),
        ("{{first_name}}", "{first_name}"),
        ("{{{first_name}}}", "{Maria}"),
        ("100% {{}} $& \\1 %s", "100% {} $& \\1 %s"),
        ("Né à {slot}\n👍🏽", "Né à 10:30\n👍🏽"),
    ],
)
def test_fields_fallbacks_and_braces(template: str, text: str) -> None:
    assert render(template) == text


@pytest.mark.parametrize(
    "value", ["{sender}", "{{", "}}", "{", "$$50 $& off {amt}", "\\g<0>", "%s%(x)s", "{first_name|x}", "a|b"]
)
def test_a_value_is_never_expanded(value: str) -> None:
    rendered = templates.parse("<{first_name}> {sender}").render({"first_name": value, "sender": "Dana"})
    assert rendered.text == f"<{value}> Dana"
    assert rendered.spans == ((1, 1 + len(value), "first_name"), (len(value) + 3, len(value) + 7, "sender"))


@pytest.mark.parametrize("value", ["", "   ", "\t\n"])
def test_an_empty_value_is_missing(value: str) -> None:
    template = templates.parse("Hi {slot}{slot} {nick|you} {first_name}")
    assert template.missing({"slot": value, "first_name": "Maria"}) == ("slot",)
    with pytest.raises(MissingField) as missing:
        template.render({"slot": value, "first_name": "Maria"})
    assert missing.value.name == "slot"
    assert template.fields == ("slot", "nick", "first_name")


@pytest.mark.parametrize(
    ("template", "position"),
    [("Hi {first_name", 3), ("Hi }", 3), ("{}", 0), ("ab{ }", 2), ("{|x}", 0), ("{a{b}}", 0), ("{#}", 0)],
)
def test_a_mistake_is_named_with_its_place(template: str, position: int) -> None:
    with pytest.raises(TemplateError) as error:
        templates.parse(template)
    assert error.value.position == position
    assert f"character {position + 1}" in str(error.value)


def test_bounds() -> None:
    with pytest.raises(TemplateError):
        templates.parse("x" * (templates.MAX_TEMPLATE + 1))
    long = render("{first_name}", {"first_name": "x" * 5_000})
    assert len(long) == templates.MAX_VALUE


@pytest.mark.parametrize(
    "header",
    [
        "First Name",
        "Due (month)",
        "2nd date",
        "Total €",
        "Café préféré",
        "Straße",
        "名前",
        "Prix/kg",
        "x" * 80,
    ],
)
def test_every_header_of_a_list_can_be_written_as_a_field(header: str) -> None:
    fields = columns.guess((header, "Phone"), True, [("v", "+13125550187")]).fields
    name = fields[0][1] if fields else "first_name"  # a header that the import knows is no field of the list
    assert render("{" + name + "}", {templates.key(name): "value"}) == "value"
    if len(header) < 60:
        assert render("{" + header + "}", {templates.key(name): "value"}) == "value"


texts = st.text(max_size=200)
names = st.sampled_from(["first_name", "slot", "nick", "2nd_date", "名前"])
pieces = st.lists(
    st.tuples(texts, names, st.none() | st.text(max_size=20).filter(lambda t: not set(t) & set("{}")))
)


@given(pieces, st.dictionaries(names, texts), texts)
def test_rendering_is_putting_values_between_plain_text(
    parts: list[tuple[str, str, str | None]], values: dict[str, str], end: str
) -> None:
    """Against the plainest way of saying it: text, value, text, value, text."""
    template, expected, spans, missing = "", "", [], False
    for plain, name, fallback in parts:
        template += plain.replace("{", "{{").replace("}", "}}")
        template += "{" + name + ("" if fallback is None else f"|{fallback}") + "}"
        value = values.get(name, "").strip() or fallback
        missing |= value is None
        expected += plain
        spans.append((len(expected), len(expected) + len(value or ""), name))
        expected += value or ""
    template += end.replace("{", "{{").replace("}", "}}")
    if len(template) > templates.MAX_TEMPLATE:
        return
    parsed = templates.parse(template)
    assert bool(parsed.missing(values)) is missing
    if missing:
        with pytest.raises(MissingField):
            parsed.render(values)
        return
    rendered = parsed.render(values)
    assert rendered.text == expected + end
    assert rendered.spans == tuple(spans)


@given(texts)
@example("{" * 50)
@example("{first_name|{sender}}")
def test_any_text_is_a_template_or_one_clear_error(template: str) -> None:
    try:
        parsed = templates.parse(template)
    except TemplateError as error:
        error_at = error.position
    else:
        _check_parsed(parsed, template)
        return
    assert 0 <= error_at < len(template)


def _check_parsed(parsed: templates.Template, template: str) -> None:
    filled = dict.fromkeys(parsed.fields, "v")
    assert not parsed.missing(filled)
    if not set(template) & set("{}"):
        assert parsed.render(filled).text == template


@given(texts)
def test_the_key_of_a_key_is_itself(name: str) -> None:
    assert templates.key(templates.key(name)) == templates.key(name)
