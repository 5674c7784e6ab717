"""Where a todo goes that names no position."""

import pytest

from tests.support.api import Api


@pytest.mark.parametrize(
    ("last", "following"),
    [(1, 2), (2.5, 3), (-0.5, 1), (-2.5, -1), (2**53 - 1, 2**53), (1e-300, 1)],
)
def test_one_alone_and_one_of_many_go_to_the_first_whole_number_after_the_last(
    alice: Api, last: float, following: int
) -> None:
    for together in (False, True):
        list_id = alice.make_list()["id"]
        alice.todo(list_id=list_id, position=last)
        asked = {"title": "x", "list_id": list_id}
        if together:
            operations = [{"op": "create", "todo": asked}] * 2
            made = alice.post("todos/batch", {"operations": operations}).get_json()
            position = made["results"][0]["todo"]["position"]
        else:
            position = alice.made("todos", asked)["position"]
        assert position == following
