"""views.*: modals on a stack of three, and App Home."""

from datetime import datetime

from bot.demo.slack import limits
from bot.demo.slack.as_json import view_json
from bot.demo.slack.payloads import check_view
from bot.demo.slack.records import Trigger, View
from bot.demo.slack.schema import Json, Surface
from bot.demo.slack.web_api import Asked, Refuse


def open_view(asked: Asked) -> Json:
    asked.only("trigger_id", "view", "interactivity_pointer")
    trigger = _trigger(asked)
    body = _body(asked, "modal")
    trigger.used = True
    return _shown(asked, asked.workspace.open_modal(trigger.user, body))


def push(asked: Asked) -> Json:
    asked.only("trigger_id", "view", "interactivity_pointer")
    trigger = _trigger(asked)
    body = _body(asked, "modal")
    stack = asked.workspace.modals.get(trigger.user, [])
    if trigger.view is None or not stack:
        raise Refuse("invalid_trigger_id", "views.push needs a trigger_id from within an open modal")
    if len(stack) >= limits.VIEW_STACK:
        raise Refuse("push_limit_reached", f"at most {limits.VIEW_STACK} views lie on each other")
    trigger.used = True
    return _shown(asked, asked.workspace.open_modal(trigger.user, body, push=True))


def update(asked: Asked) -> Json:
    asked.only("view_id", "external_id", "view", "hash")
    view = asked.workspace.find_view(asked.maybe("view_id"), asked.maybe("external_id"))
    if view is None:
        raise Refuse("not_found", "no open view has this view_id or external_id")
    body = _body(asked, view.kind)
    _same_hash(asked, view)
    asked.workspace.set_view(view, body)
    return _shown(asked, view)


def publish(asked: Asked) -> Json:
    asked.only("user_id", "view", "hash")
    user = asked.workspace.users.get(asked.need("user_id"))
    if user is None or user.kind != "person":
        raise Refuse("invalid_arguments", f"no person {asked.arguments['user_id']!r}")
    body = _body(asked, "home")
    home = asked.workspace.homes.get(user.id)
    if home is None:
        home = asked.workspace.new_view(user.id, "home", body)
        asked.workspace.homes[user.id] = home
    else:
        _same_hash(asked, home)
        asked.workspace.set_view(home, body)
    return _shown(asked, home)


def _trigger(asked: Asked) -> Trigger:
    trigger = asked.workspace.triggers.get(asked.need("trigger_id"))
    if trigger is None:
        raise Refuse("invalid_trigger_id", "Slack gave no such trigger_id")
    if trigger.used:
        raise Refuse("exchanged_trigger_id", "the trigger_id was already used")
    now: datetime = asked.workspace.clock()
    if now > trigger.expires:
        raise Refuse("expired_trigger_id", f"a trigger_id lasts {limits.TRIGGER_SECONDS:g} seconds")
    return trigger


def _body(asked: Asked, surface: Surface) -> Json:
    """The view, held against the limits. Slack's code for a bad view is invalid_arguments, unlike a message's."""
    body = asked.parsed("view", "invalid_arguments")
    problems = check_view(body, surface, asked.workspace.has_file)
    if problems:
        raise Refuse.because(problems, "invalid_arguments", body.get("blocks") if isinstance(body, dict) else None)
    checked: Json = body
    return checked


def _same_hash(asked: Asked, view: View) -> None:
    given = asked.maybe("hash")
    if given is not None and given != view.hash:
        raise Refuse("hash_conflict", f"the view was changed since: its hash is {view.hash}")


def _shown(asked: Asked, view: View) -> Json:
    return {"view": view_json(asked.workspace, view)}
