/** The page behind a one-time link: a GET shows what is approved, a POST approves it. */
import { z } from 'zod';
import { type Followed, followLink } from '../../src/pipeline/failover/approve-by-link.ts';
import { approvalKey, startApproval } from '../../src/wiring/approval-links.ts';
import { failoverPlace } from '../../src/wiring/cluster-at-work.ts';
import { lambdaHandler } from '../../src/wiring/lambda-handler.ts';

/** Of a function URL: https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html */
const requestSchema = z.looseObject({
  rawQueryString: z.string().default(''),
  requestContext: z.looseObject({ http: z.looseObject({ method: z.string() }) }),
});

export const handler = lambdaHandler(requestSchema, async (request, { site }) => {
  const { rawQueryString: query, requestContext } = request;
  const place = { ...(await failoverPlace(site)), now: site.now };
  const { method } = requestContext.http;
  const key = await approvalKey(site, query);
  const approve = startApproval;
  return answer(await followLink({ place, key, method, query, approve }));
});

const headers = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; form-action 'self'; frame-ancestors 'none'",
};

const answer = ({ status, title, text, asks }: Followed) => ({
  statusCode: status,
  headers,
  body: [
    '<!doctype html><html lang="en"><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width">',
    `<title>${escaped(title)}</title><h1>${escaped(title)}</h1><p>${escaped(text)}</p>`,
    asks ? '<form method="post"><button>Approve</button></form>' : '',
  ].join(''),
});

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};
const escaped = (text: string): string => text.replaceAll(/[&<>"]/g, (one) => entities[one] ?? one);
