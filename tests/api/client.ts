// client.ts: lists groups through the types that the contract gives; its argument is the address of the server.
import createClient from "openapi-fetch";
import type { components, paths } from "./contract";

type Group = components["schemas"]["Group"];

function line(group: Group): string {
  const cost = group.cost.kind === "fee" ? `${group.cost.amount} ${group.cost.currency}` : group.cost.kind;
  return [group.id, group.name, group.place?.town ?? "", cost].join("\t");
}

async function main(address: string): Promise<void> {
  const runde = createClient<paths>({ baseUrl: address });
  const { data, error } = await runde.GET("/v1/groups", {
    params: { query: { status: ["founding", "active"], limit: 20 } },
  });
  if (error) throw new Error(`${error.status} ${error.title}`);
  data.items.forEach((group) => console.log(line(group)));
}

main(process.argv[2] ?? "").catch((reason: unknown) => {
  console.error(reason);
  process.exitCode = 1;
});
