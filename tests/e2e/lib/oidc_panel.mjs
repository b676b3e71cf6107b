// A small panel behind a real OpenID Connect provider (oidc-provider): a user who is not signed in is led to the
// provider's login form, and back.
import { once } from 'node:events';
import { randomUUID } from 'node:crypto';
import http from 'node:http';
import { Provider } from 'oidc-provider';

export const kUser = 'svc-sonar';
export const kPassword = 'canary-Pa55 w&rd';
export const kClientSecret = 'canary-client-secret';

async function listen(bench, handler) {
  const server = http.createServer(handler);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  bench.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${server.address().port}`;
}

async function bodyOf(request) {
  let text = '';
  for await (const part of request) text += part;
  return new URLSearchParams(text);
}

const page = (title, form) => `<!doctype html><html><head><title>${title}</title></head><body><h1>${title}</h1>${form}</body></html>`;
const loginForm = (uid) => `<form method="post" action="/interaction/${uid}?kind=login"><input type="hidden" name="csrf" value="${uid}">
  <label>User <input type="text" name="login"></label><label>Password <input type="password" name="password"></label>
  <button type="submit" name="go" value="1">Sign in</button></form>`;
const consentForm = (uid) => `<form method="post" action="/interaction/${uid}?kind=consent"><input type="hidden" name="csrf" value="${uid}">
  <button type="submit">Continue</button></form>`;

async function interact(provider, request, response) {
  const { uid, prompt, params, grantId, session } = await provider.interactionDetails(request, response);
  response.setHeader('content-type', 'text/html; charset=utf-8');
  const ask = () => response.end(prompt.name === 'login' ? page('Sign in', loginForm(uid)) : page('Consent', consentForm(uid)));
  if (request.method !== 'POST') return ask();
  const given = await bodyOf(request);
  if (given.get('csrf') !== uid) return response.writeHead(400).end('the hidden input is missing');
  if (prompt.name === 'login') {
    if (given.get('login') !== kUser || given.get('password') !== kPassword) return ask();
    return provider.interactionFinished(request, response, { login: { accountId: kUser } });
  }
  const grant = grantId ? await provider.Grant.find(grantId) : new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope('openid');
  return provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } }, { mergeWithLastSubmission: true });
}

/** `url`: the issuer. Knows the client `panel`, and `sonar` that may have tokens of its own. */
async function startProvider(bench, panel) {
  let answer;
  const issuer = await listen(bench, (request, response) => answer(request, response));
  const provider = new Provider(issuer, {
    clients: [
      { client_id: 'panel', client_secret: 'panel-secret', redirect_uris: [`${panel}/callback`] },
      { client_id: 'sonar', client_secret: kClientSecret, redirect_uris: [], response_types: [], grant_types: ['client_credentials'] },
    ],
    cookies: { keys: [randomUUID()] },
    features: { devInteractions: { enabled: false }, clientCredentials: { enabled: true }, introspection: { enabled: true } },
    findAccount: (_, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    pkce: { required: () => false },
    ttl: { ClientCredentials: 300, AccessToken: 300, AuthorizationCode: 60, IdToken: 300, Interaction: 300, Session: 300, Grant: 300 },
  });
  const callback = provider.callback();
  answer = (request, response) => {
    if (!request.url.startsWith('/interaction/')) return callback(request, response);
    interact(provider, request, response).catch((error) => response.writeHead(500).end(error.message));
  };
  return issuer;
}

/** {url, issuer, seen, broken}: `seen` grows with {path, headers} of the panel's requests; `broken` breaks its project. */
export async function startPanel(bench, { customer = 'c', project = 'p' } = {}) {
  const panel = { seen: [], broken: false };
  const sessions = new Set();
  const signedIn = (request) => sessions.has(/(?:^|; )sid=([^;]+)/.exec(request.headers.cookie ?? '')?.[1]);
  const answer = async (request, response) => {
    const url = new URL(request.url, panel.url);
    panel.seen.push({ path: request.url, headers: request.headers });
    if (url.pathname === '/callback') {
      const given = await fetch(`${panel.issuer}/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${btoa('panel:panel-secret')}` },
        body: new URLSearchParams({ grant_type: 'authorization_code', code: url.searchParams.get('code'), redirect_uri: `${panel.url}/callback` }),
      });
      if (given.status !== 200) return response.writeHead(502).end(await given.text());
      const sid = randomUUID();
      sessions.add(sid);
      return response.writeHead(302, { location: '/access', 'set-cookie': `sid=${sid}; HttpOnly; Path=/` }).end();
    }
    if (url.pathname === '/api/status') {
      const told = await fetch(`${panel.issuer}/token/introspection`, {
        method: 'POST',
        headers: { authorization: `Basic ${btoa(`sonar:${kClientSecret}`)}` },
        body: new URLSearchParams({ token: /^Bearer (.*)$/.exec(request.headers.authorization ?? '')?.[1] ?? '' }),
      });
      const { active } = await told.json();
      return response.writeHead(active ? 200 : 401, { 'content-type': 'application/json' }).end(JSON.stringify({ status: panel.broken ? 'locked' : 'active' }));
    }
    if (url.pathname !== '/access') return response.writeHead(404).end();
    if (!signedIn(request)) {
      const parameters = new URLSearchParams({ client_id: 'panel', response_type: 'code', scope: 'openid', redirect_uri: `${panel.url}/callback`, state: randomUUID() });
      return response.writeHead(302, { location: `${panel.issuer}/auth?${parameters}` }).end();
    }
    const wanted = url.searchParams;
    if (panel.broken && wanted.has('project')) return response.writeHead(500).end();
    if (wanted.has('project') && (wanted.get('project') !== project || wanted.get('customer') !== customer)) return response.writeHead(404).end();
    return response.writeHead(200, { 'content-type': 'text/html' }).end(page('Access', `<p>Project ${project} of ${customer}</p>`));
  };
  panel.url = await listen(bench, (request, response) => {
    answer(request, response).catch((error) => response.writeHead(500).end(error.message));
  });
  panel.issuer = await startProvider(bench, panel.url);
  return panel;
}
