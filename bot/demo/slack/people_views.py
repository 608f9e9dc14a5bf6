"""What people do with blocks: click, choose, type, submit, close."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Unpack

from bot.demo.slack.answers import answer_action, answer_submission
from bot.demo.slack.core import Ack
from bot.demo.slack.interactions import Payloads
from bot.demo.slack.outcome import Outcome, Wait, Watch
from bot.demo.slack.people import People, Person
from bot.demo.slack.records import Message, User, View, elements_of
from bot.demo.slack.schema import Json
from bot.demo.slack.values import Value, complaint, initial_value, value_of
from bot.demo.slack.workspace import Workspace


class PeopleWithBlocks(People):
    """Clicks, choices and forms. Each raises LookupError where this person sees no such message, view or element."""

    async def click(
        self,
        person: Person,
        shown: Message | View | str,
        action_id: str,
        **wait: Unpack[Wait],
    ) -> Outcome:
        """Press a button of a message or view, given as such or by its ts or id."""
        return await self._act(person, shown, action_id, None, wait)

    async def select(
        self,
        person: Person,
        shown: Message | View | str,
        action_id: str,
        value: Value,
        **wait: Unpack[Wait],
    ) -> Outcome:
        """Choose in a menu, radio buttons, checkboxes, a date picker: an option's value or label, or a list of them."""
        return await self._act(person, shown, action_id, value, wait)

    async def submit(
        self,
        person: Person,
        view: View | str,
        values: Mapping[str, Value] | None = None,
        **wait: Unpack[Wait],
    ) -> Outcome:
        """Fill in an open modal and submit it. `values` are by action_id or block_id.

        What Slack's client itself refuses (a required field left empty) is not sent: the error is "incomplete".
        """
        who, workspace = self._who(person)
        watch = Watch(self._core, workspace, who)
        shown = self._open(workspace, who, view)
        self._fill(shown, values or {})
        inputs = [block for block in shown.blocks if block["type"] == "input"]
        wrong = {block["block_id"]: complaint(block, _held(shown, block)) for block in inputs}
        shown.errors = {block_id: says for block_id, says in wrong.items() if says}
        ack, error = Ack(), "incomplete"
        if not shown.errors:
            payload = deepcopy(Payloads(self._core, workspace).view_submission(who, shown))
            ack = await self._core.deliver("interactive", payload)
            error = answer_submission(self._core, workspace, who, shown, ack)
            if error:
                shown.errors = {"": f"We had some trouble connecting. Try again? ({error})"}
        workspace.touch()
        return await watch.see(ack, error=error, **wait)

    async def close_view(self, person: Person, view: View | str, *, everything: bool = False) -> Outcome:
        """Close the modal on top, or the whole stack. The app hears of it only if the view has `notify_on_close`."""
        who, workspace = self._who(person)
        watch = Watch(self._core, workspace, who)
        shown = self._open(workspace, who, view)
        clear = everything or bool(shown.body.get("clear_on_close"))
        payload = Payloads(self._core, workspace).view_closed(who, shown, is_cleared=clear)
        workspace.close_modal(who.id, everything=clear)
        ack = Ack()
        if shown.body.get("notify_on_close"):
            ack = await self._core.deliver("interactive", payload, answerable=False)
        return await watch.see(ack)

    async def _act(
        self,
        person: Person,
        shown: Message | View | str,
        action_id: str,
        value: Value,
        wait: Wait,
    ) -> Outcome:
        who, workspace = self._who(person)
        watch = Watch(self._core, workspace, who)
        found = self._find(workspace, who, shown)
        block, element = _element(found, action_id)
        payloads = Payloads(self._core, workspace)
        action = _action(workspace, block, element, value)
        if element["type"] != "button":
            _remember(found, block, action_id, value_of(element, value))
            if block["type"] == "input" and not block.get("dispatch_action"):
                return await watch.see(Ack())
        _fill_initial(found)
        if isinstance(found, Message):
            payload = payloads.message_action(who, found, action)
        else:
            payload = payloads.view_action(who, found, action)
        ack = await self._core.deliver("interactive", deepcopy(payload))
        error = answer_action(self._core, workspace, ack)
        return await watch.see(ack, error=error, **wait)

    def _find(self, workspace: Workspace, who: User, shown: Message | View | str) -> Message | View:
        name = shown if isinstance(shown, str) else shown.ts if isinstance(shown, Message) else shown.id
        view = workspace.find_view(name)
        if view is not None and view.user == who.id:
            return view
        return self._seen(workspace, who, name)

    def _open(self, workspace: Workspace, who: User, view: View | str) -> View:
        top = workspace.top_view(who.id)
        wanted = view if isinstance(view, str) else view.id
        if top is None or top.id != wanted:
            raise LookupError(f"{who.name} has no modal {wanted!r} on top; it is {top.id if top else None!r}")
        return top

    def _fill(self, view: View, values: Mapping[str, Value]) -> None:
        _fill_initial(view)
        for name, value in values.items():
            block = next((block for block in view.blocks if block["block_id"] == name), None) or view.block_of(name)
            if block is None or not elements_of(block):
                raise LookupError(f"the modal has no input {name!r}")
            element = next((e for e in elements_of(block) if e["action_id"] == name), elements_of(block)[0])
            view.state.setdefault(block["block_id"], {})[element["action_id"]] = value_of(element, value)


def _element(shown: Message | View, action_id: str) -> tuple[Json, Json]:
    found = [
        (block, element)
        for block in shown.blocks
        for element in elements_of(block)
        if element.get("action_id") == action_id
    ]
    if not found:
        known = [element.get("action_id") for block in shown.blocks for element in elements_of(block)]
        raise LookupError(f"no element {action_id!r} here; there are {known}")
    return found[0]


def _action(workspace: Workspace, block: Json, element: Json, value: Value) -> Json:
    """One of `actions` in block_actions."""
    action: Json = {
        "type": element["type"],
        "action_id": element["action_id"],
        "block_id": block["block_id"],
        "action_ts": workspace.new_ts(),
    }
    if element["type"] == "button":
        said = {name: element[name] for name in ("text", "value", "style", "url") if name in element}
        return action | said
    if "placeholder" in element:
        action["placeholder"] = element["placeholder"]
    return action | value_of(element, value)


def _remember(shown: Message | View, block: Json, action_id: str, held: Json) -> None:
    if held["type"] != "overflow":
        shown.state.setdefault(block["block_id"], {})[action_id] = held


def _held(view: View, block: Json) -> Json:
    return view.state[block["block_id"]][block["element"]["action_id"]]


def _fill_initial(shown: Message | View) -> None:
    """`state.values` names every input, touched or not."""
    for block in shown.blocks:
        for element in elements_of(block):
            if element["type"] not in ("button", "overflow", "image"):
                shown.state.setdefault(block["block_id"], {}).setdefault(element["action_id"], initial_value(element))
