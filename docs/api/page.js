// What both pages share: making elements, and finding the API of the local AWS.

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

// The local AWS looks at who is asked for, not at who signs: this names the service.
const signedFor = (service) => ({
  Authorization: `AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=none`,
});

async function askAws(service, path, options = {}) {
  const answer = await fetch(path, { ...options, headers: { ...signedFor(service), ...options.headers } });
  if (!answer.ok) throw new Error(`${service} answered ${answer.status}`);
  return answer.json();
}

const listed = (answer) => answer.item ?? answer.items ?? answer._embedded?.item ?? [];

// Base address and keys of the deployed API; throws when there is none.
export async function findApi() {
  const apis = listed(await askAws("apigateway", "/restapis"));
  const api = apis.find((one) => /^rlm-\w+-api$/.test(one.name));
  if (!api) throw new Error("the API is not deployed yet: run make run, or make deploy-api");
  const env = api.name.split("-")[1];
  const keys = listed(await askAws("apigateway", "/apikeys?includeValues=true"));
  const keyOf = (plan) => keys.find((one) => one.name === `rlm-${env}-${plan}`)?.value;
  return { env, base: `/_aws/execute-api/${api.id}/v1`, keys: { public: keyOf("public"), staff: keyOf("staff") } };
}

// An answer of the API, problems included.
export async function ask(api, path, query, key = "public") {
  const asked = new URLSearchParams(Object.entries(query).filter(([, value]) => value));
  const answer = await fetch(`${api.base}${path}?${asked}`, { headers: { "x-api-key": api.keys[key] } });
  return { status: answer.status, body: await answer.json() };
}

// Artists whose names begin so: the API has no search, the table that it reads has.
export async function artistsLike(api, text) {
  const folded = text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().trim();
  if (!folded) return [];
  const found = await askAws("dynamodb", "/", {
    method: "POST",
    headers: { "X-Amz-Target": "DynamoDB_20120810.Query", "Content-Type": "application/x-amz-json-1.0" },
    body: JSON.stringify({
      TableName: `rlm-${api.env}-Artists`, IndexName: "by_name", Limit: 10,
      KeyConditionExpression: "name_initial = :i AND begins_with(name_folded, :n)",
      ExpressionAttributeValues: { ":i": { S: [...folded][0] }, ":n": { S: folded } },
    }),
  });
  return found.Items.map((item) => ({ id: item.artist_id.S, name: item.name.S }));
}
