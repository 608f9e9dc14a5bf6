// A bot on discord.js that answers every command with one sentence. node bot.js ADDRESS
import { Client, Events, GatewayIntentBits, MessageFlags } from "discord.js";

const [address] = process.argv.slice(2);
const client = new Client({
  intents: [GatewayIntentBits.Guilds],
  rest: { api: `http://${address}/api`, version: "10" },
});
client.on(Events.InteractionCreate, (interaction) =>
  interaction.reply({
    content: "Entry-level pay in the US is $90,000 to $120,000.",
    flags: MessageFlags.Ephemeral,
  }),
);
await client.login("Ym90.dG9rZW4.bm9ib2R5cw");
