// A website that uses openid-client. It converses by lines of JSON: what it says is an address to go to or a result, what it reads is the address at
// which the browser came back.
import { createInterface } from 'node:readline'
import * as client from 'openid-client'

const { ISSUER, CLIENT_ID, CLIENT_SECRET, REDIRECT, RETURN, METHOD } = process.env
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const read = async () => (await lines.next()).value
const say = (o) => console.log(JSON.stringify(o))
const refused = (p) => p.then(() => 'taken', (e) => e.error ?? e.code ?? e.message)

const auth = METHOD === 'post' ? client.ClientSecretPost(CLIENT_SECRET) : client.ClientSecretBasic(CLIENT_SECRET)
const config = await client.discovery(new URL(ISSUER), CLIENT_ID, undefined, auth, { execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks] })

const pkceCodeVerifier = client.randomPKCECodeVerifier()
const expectedState = client.randomState()
const expectedNonce = client.randomNonce()
say({
  go: client.buildAuthorizationUrl(config, {
    redirect_uri: REDIRECT,
    scope: 'openid profile email organisations offline_access',
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: expectedState,
    nonce: expectedNonce,
    max_age: '3600',
  }),
})
const back = new URL(await read())
const tokens = await client.authorizationCodeGrant(config, back, { pkceCodeVerifier, expectedState, expectedNonce, maxAge: 3600, idTokenExpected: true })
const claims = tokens.claims()
const userinfo = await client.fetchUserInfo(config, tokens.access_token, claims.sub)
const next = await client.refreshTokenGrant(config, tokens.refresh_token)
say({
  claims,
  userinfo,
  rotated: next.refresh_token !== tokens.refresh_token && next.claims().sub === claims.sub,
  reused: await refused(client.refreshTokenGrant(config, tokens.refresh_token)),
  family: await refused(client.refreshTokenGrant(config, next.refresh_token)),
  void: await refused(client.fetchUserInfo(config, next.access_token, claims.sub)),
  again: await refused(client.authorizationCodeGrant(config, back, { pkceCodeVerifier, expectedState, expectedNonce })),
  revoked: await refused(client.tokenRevocation(config, next.refresh_token)),
})
say({ go: client.buildEndSessionUrl(config, { id_token_hint: next.id_token, post_logout_redirect_uri: RETURN, state: 'bye' }) })
process.exit(0)
