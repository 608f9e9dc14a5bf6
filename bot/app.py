"""The one composition root: the only file that knows everyone."""

from bot import content, features
from bot.core.catalog import Catalog
from bot.core.command import Registry
from bot.core.dispatch import Dispatcher
from bot.core.parameters import World
from bot.core.ports import Rotation
from bot.core.search import Search
from bot.storage.memory import MemoryRotation


def dispatcher(pack: str, rotation: Rotation | None = None) -> Dispatcher:
    """The bot's whole mind over one pack. Raises PackError for a broken pack, DefinitionError for a broken command."""
    catalog = content.load(content.find(pack))
    registry = Registry.discover(features)
    world = World(catalog, registry.commands)
    needs = {Catalog: catalog, Search: Search(catalog), Rotation: rotation or MemoryRotation()}
    return Dispatcher(registry, world, needs)
