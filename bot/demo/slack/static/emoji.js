// The :names: that a bot is likely to say. Any other name is shown as it is written.
const KNOWN = {
  "+1": "👍", "-1": "👎", thumbsup: "👍", thumbsdown: "👎", wave: "👋", tada: "🎉", fire: "🔥", rocket: "🚀", star: "⭐", star2: "🌟",
  sparkles: "✨", bulb: "💡", books: "📚", book: "📖", memo: "📝", pencil: "✏️", pencil2: "✏️", mortar_board: "🎓", brain: "🧠",
  robot_face: "🤖", bar_chart: "📊", chart_with_upwards_trend: "📈", chart_with_downwards_trend: "📉", moneybag: "💰",
  dollar: "💵", euro: "💶", briefcase: "💼", calendar: "📆", date: "📅", clock1: "🕐", alarm_clock: "⏰", hourglass: "⌛",
  bell: "🔔", no_bell: "🔕", mag: "🔍", gear: "⚙️", wrench: "🔧", hammer_and_wrench: "🛠️", link: "🔗", lock: "🔒", key: "🔑",
  white_check_mark: "✅", heavy_check_mark: "✔️", ballot_box_with_check: "☑️", x: "❌", warning: "⚠️", no_entry: "⛔",
  question: "❓", grey_question: "❔", exclamation: "❗", information_source: "ℹ️", red_circle: "🔴", large_green_circle: "🟢",
  large_yellow_circle: "🟡", large_blue_circle: "🔵", white_circle: "⚪", black_circle: "⚫", heart: "❤️", smile: "😄",
  slightly_smiling_face: "🙂", thinking_face: "🤔", sweat_smile: "😅", sob: "😭", clap: "👏", muscle: "💪", pray: "🙏",
  eyes: "👀", trophy: "🏆", medal: "🏅", first_place_medal: "🥇", second_place_medal: "🥈", third_place_medal: "🥉", dart: "🎯",
  compass: "🧭", world_map: "🗺️", earth_africa: "🌍", seedling: "🌱", snowflake: "❄️", palm_tree: "🌴", beach_with_umbrella: "🏖️",
  zzz: "💤", arrow_right: "➡️", arrow_left: "⬅️", arrow_up: "⬆️", arrow_down: "⬇️", arrows_counterclockwise: "🔄", point_right: "👉",
  one: "1️⃣", two: "2️⃣", three: "3️⃣", four: "4️⃣", five: "5️⃣", newspaper: "📰", mailbox: "📫", speech_balloon: "💬", pushpin: "📌",
  house: "🏠", computer: "💻", test_tube: "🧪", jigsaw: "🧩", handshake: "🤝", coffee: "☕", double_vertical_bar: "⏸️",
};

export function emoji(name) {
  return KNOWN[name] ?? `:${name}:`;
}

export function withEmoji(text) {
  return text.replace(/:([a-z0-9_+-]+):/g, (whole, name) => KNOWN[name] ?? whole);
}
