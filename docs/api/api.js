// The API of the local AWS: where it is, its keys, its answers, and what its tables hold.

// The local AWS looks at who is asked for, not at who signs: this names the service.
const signedFor = (service) => ({
  Authorization: `AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=none`,
});

async function askAws(service, path, options = {}) {
  const answer = await fetch(path, { ...options, headers: { ...signedFor(service), ...options.headers } });
  if (!answer.ok) throw new Error(`${service} answered ${answer.status}`);
  return answer;
}

const listed = (answer) => answer.item ?? answer.items ?? answer._embedded?.item ?? [];

// Base address and keys of the deployed API; throws when there is none.
export async function findApi() {
  const apis = listed(await (await askAws("apigateway", "/restapis")).json());
  const api = apis.find((one) => /^rlm-\w+-api$/.test(one.name));
  if (!api) throw new Error("The API is not deployed yet: run make run, or make deploy-api.");
  const env = api.name.split("-")[1];
  const keys = listed(await (await askAws("apigateway", "/apikeys?includeValues=true")).json());
  const keyOf = (plan) => keys.find((one) => one.name === `rlm-${env}-${plan}`)?.value;
  return { env, base: `/_aws/execute-api/${api.id}/v1`, keys: { public: keyOf("public"), staff: keyOf("staff") } };
}

// `a=1&b=2&b=3`; what is empty is left out.
export function queryString(query) {
  const pairs = Object.entries(query).flatMap(([name, value]) => [value].flat().map((one) => [name, one]));
  return new URLSearchParams(pairs.filter(([, value]) => value !== "" && value !== null && value !== undefined)).toString();
}

// An answer of the API, problems included. `plan` names the key; null sends none.
export async function ask(api, path, query, plan = "public", headers = {}) {
  const asked = queryString(query);
  const began = performance.now();
  const answer = await fetch(`${api.base}${path}${asked ? `?${asked}` : ""}`, {
    cache: "no-store",
    headers: { ...headers, ...(plan ? { "x-api-key": api.keys[plan] } : {}) },
  });
  const text = await answer.text();
  const took = performance.now() - began;
  let body = null;
  try { body = text ? JSON.parse(text) : null; } catch { body = text; }
  return { status: answer.status, headers: answer.headers, body, took };
}

const table = async (operation, body) =>
  (await askAws("dynamodb", "/", {
    method: "POST",
    headers: { "X-Amz-Target": `DynamoDB_20120810.${operation}`, "Content-Type": "application/x-amz-json-1.0" },
    body: JSON.stringify(body),
  })).json();

// Artists whose names begin so: the API has no search, the table that it reads has.
export async function artistsLike(api, text) {
  const folded = text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().trim();
  if (!folded) return [];
  const found = await table("Query", {
    TableName: `rlm-${api.env}-Artists`, IndexName: "by_name", Limit: 10,
    KeyConditionExpression: "name_initial = :i AND begins_with(name_folded, :n)",
    ExpressionAttributeValues: { ":i": { S: [...folded][0] }, ":n": { S: folded } },
  });
  return found.Items.map((item) => ({ id: item.artist_id.S, name: item.name.S }));
}

// Some fans that there are, for a person who knows none.
export async function someFans(api) {
  const found = await table("Scan", {
    TableName: `rlm-${api.env}-Recommendations`, Limit: 12, ProjectionExpression: "fan_id",
  });
  return found.Items.map((item) => item.fan_id.S);
}

// Genres and cities that have a ranking.
export async function rankedPlaces(api) {
  const found = await table("Scan", { TableName: `rlm-${api.env}-Trends`, ProjectionExpression: "trend" });
  const of = (dimension) => found.Items.map((item) => item.trend.S.split("#"))
    .filter(([window, kind]) => window === "7d" && kind === dimension).map(([, , value]) => value).sort();
  return { genres: of("genre"), cities: of("city") };
}

// Addresses of the reports that there are, by event.
export async function reports(api) {
  const bucket = `/rlm-${api.env}-event-reports`;
  const found = new Map();
  let token = "";
  do {
    const asked = new URLSearchParams({ "list-type": "2", prefix: "events/", delimiter: "/" });
    if (token) asked.set("continuation-token", token);
    const answer = await fetch(`${bucket}?${asked}`, { headers: signedFor("s3") });
    if (!answer.ok) break;
    const list = new DOMParser().parseFromString(await answer.text(), "application/xml");
    for (const prefix of list.querySelectorAll("CommonPrefixes > Prefix")) {
      found.set(prefix.textContent.split("/")[1], `${bucket}/${prefix.textContent}report.html`);
    }
    token = list.querySelector("NextContinuationToken")?.textContent ?? "";
  } while (token);
  return found;
}
