// A courier's endpoint as docs/couriers.md tells how to write one, with the official package alone.
// Arguments: port, secret, where to report. It accepts each parcel once, and prints what it did.
import { createServer } from "node:http";
import { Webhook } from "standardwebhooks";

const [port, secret, reportsTo] = process.argv.slice(2);
const webhook = new Webhook(secret);
const seen = new Set();

async function accept(id) {
  const now = new Date();
  const data = { delivery_id: id, status: "accepted", occurred_at: now.toISOString() };
  const body = JSON.stringify({ type: "delivery.updated", timestamp: now.toISOString(), data });
  const messageId = `msg_${id}_accepted_${now.getTime()}`;
  const answer = await fetch(reportsTo, {
    method: "POST",
    body,
    headers: {
      "Content-Type": "application/json",
      "webhook-id": messageId,
      "webhook-timestamp": String(Math.floor(now / 1000)),
      "webhook-signature": webhook.sign(messageId, now, body),
    },
  });
  console.log(JSON.stringify({ status: answer.status, ...(await answer.json()) }));
}

createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  let message;
  try {
    message = webhook.verify(Buffer.concat(chunks).toString(), request.headers);
  } catch {
    response.writeHead(401).end();
    return;
  }
  response.writeHead(204).end();
  if (seen.has(request.headers["webhook-id"])) return;
  seen.add(request.headers["webhook-id"]);
  console.log(JSON.stringify({ type: message.type }));
  if (message.type === "delivery.requested") await accept(message.data.delivery_id);
}).listen(Number(port), "127.0.0.1", () => console.log(JSON.stringify({ ready: true })));
