from bot.core.chat import Person
from bot.storage.memory import MemoryRotation


async def test_memory_forgets_the_longest_unused_first() -> None:
    rotation = MemoryRotation(most=2)
    for user in ("a", "b", "a", "c"):
        await rotation.advance(Person("test", "w", user), "tip:")
    assert await rotation.advance(Person("test", "w", "a"), "tip:") == 2
    assert await rotation.advance(Person("test", "w", "b"), "tip:") == 0
