// A company's sign-in that others wrote: oidc-provider, with one client and everybody of kowalski.example. Arguments: the client's redirect
// and back-channel logout addresses. It prints its issuer once it answers, and ends with its standard input.
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const [redirect, logout] = process.argv.slice(2);
const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{
      client_id: 'lodge-portal', client_secret: "a secret of the company's", redirect_uris: [redirect], grant_types: ['authorization_code'], response_types: ['code'],
      backchannel_logout_uri: logout, backchannel_logout_session_required: true,
    }],
    pkce: { required: () => true },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['given_name', 'family_name', 'name'] },
    features: { devInteractions: { enabled: true }, backchannelLogout: { enabled: true }, rpInitiatedLogout: { enabled: true } },
    findAccount: (ctx, id) => ({
      accountId: id,
      claims: () => ({ sub: id, email: `${id}@kowalski.example`, email_verified: true, given_name: 'Ola', family_name: 'Nowak', name: 'Ola Nowak' }),
    }),
    fetch: (url, { dispatcher, ...options }) => fetch(url, options), // its own refuses loopback, where the portal of this test is
    cookies: { keys: ['only for this test'] },
  });
  provider.on('backchannel.error', (ctx, err, client) => console.error('back channel:', err, err.cause));
  server.on('request', provider.callback());
  console.log(issuer);
});
process.stdin.on('end', () => process.exit(0)).resume();
