#!/usr/bin/env node
// A small web app to put behind Muster: no dependencies, Node 18.2 or later. WebApp.java is its twin.
'use strict';

const http = require('node:http');
const os = require('node:os');
const { randomUUID } = require('node:crypto');

const USAGE = `usage: node app.js [--port N] [--host ADDRESS] [--name NAME] [--delay MS]

  --port N        listen here; default: $PORT, else 3000; 0 lets the system choose
  --host ADDRESS  listen on this address only; default 0.0.0.0
  --name NAME     what this one calls itself; default HOSTNAME:PORT
  --delay MS      every answer but /health waits this long; default 0`;

const SESSIONS_MAX = 10_000; // the oldest is forgotten: a load test without cookies must not fill the memory
const DELAY_MILLIS_MAX = 600_000;
const BYTES_MAX = 1_000_000_000;
const CHUNK = Buffer.from('abcdefghijklmnopqrstuvwxyz'.repeat(2_520)); // whole alphabets, so that chunks join seamlessly

// A load balancer keeps its connections open; an app that closes them first, at the moment the next request is on
// its way, makes that request fail. So wait longer than any balancer in front does.
const KEEP_ALIVE_MILLIS = 75_000;

const options = parse(process.argv.slice(2));
const sessions = new Map(); // id -> views; a Map keeps the order of insertion
let stopping = false;

function parse(args) {
    const parsed = { port: number('PORT', process.env.PORT ?? '3000', 65_535), host: '0.0.0.0', name: null, delay: 0 };
    while (args.length > 0) {
        const flag = args.shift();
        if (flag === '--help' || flag === '-h') {
            console.log(USAGE);
            process.exit(0);
        }
        const [name, inline] = flag.split(/=(.*)/s, 2);
        const value = inline ?? args.shift();
        if (value === undefined) refuse(`${name} needs a value`);
        if (name === '--port') parsed.port = number(name, value, 65_535);
        else if (name === '--delay') parsed.delay = number(name, value, DELAY_MILLIS_MAX);
        else if (name === '--host') parsed.host = value;
        else if (name === '--name') parsed.name = value;
        else refuse(`unknown option ${name}`);
    }
    return parsed;
}

function number(name, text, max) {
    if (!/^[0-9]{1,10}$/.test(text) || Number(text) > max) refuse(`${name} must be a number from 0 to ${max}, not "${text}"`);
    return Number(text);
}

function refuse(problem) {
    console.error(`${problem}\n${USAGE}`);
    process.exit(2);
}

// ---- one request ----

const routes = {
    '/': { methods: ['GET', 'HEAD'], answer: home },
    '/who': { methods: ['GET', 'HEAD'], answer: who },
    '/health': { methods: ['GET', 'HEAD'], answer: health, atOnce: true },
    '/bytes': { methods: ['GET', 'HEAD'], answer: bytes },
    '/echo': { methods: ['POST', 'PUT'], answer: echo },
    '/crash': { methods: ['GET', 'POST'], answer: crash },
};

function onRequest(request, response) {
    const [path, query] = request.url.split(/\?(.*)/s, 2); // not new URL(): it throws on targets like "//"
    const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
    const parameters = new URLSearchParams(query);
    response.setHeader('X-Served-By', options.name);
    if (stopping) response.setHeader('Connection', 'close');
    if (!route) return text(request, response, 404, 'not found\n');
    if (!route.methods.includes(request.method)) {
        response.setHeader('Allow', route.methods.join(', '));
        return text(request, response, 405, `use ${route.methods.join(' or ')}\n`);
    }
    const delay = wholeNumber(parameters, 'delay', options.delay, DELAY_MILLIS_MAX);
    if (delay === undefined) return text(request, response, 400, `delay must be a number from 0 to ${DELAY_MILLIS_MAX}\n`);
    if (delay === 0 || route.atOnce) route.answer(request, response, parameters);
    else setTimeout(() => route.answer(request, response, parameters), delay);
}

function wholeNumber(parameters, name, absent, max) {
    const given = parameters.get(name);
    if (given === null) return absent;
    return /^[0-9]{1,10}$/.test(given) && Number(given) <= max ? Number(given) : undefined;
}

function me(parameters, more) {
    return { name: options.name, host: os.hostname(), pid: process.pid, id: parameters.get('id'), ...more };
}

/** Counts the views of one session, which lives in this process only: another app starts its own count. */
function home(request, response, parameters) {
    const cookie = /(?:^|;\s*)session=([0-9a-f-]{36})(?:;|$)/.exec(request.headers.cookie ?? '');
    const session = cookie ? cookie[1] : randomUUID();
    const views = (sessions.get(session) ?? 0) + 1;
    sessions.delete(session);
    sessions.set(session, views);
    if (sessions.size > SESSIONS_MAX) sessions.delete(sessions.keys().next().value);

    if (!cookie) response.setHeader('Set-Cookie', `session=${session}; Path=/; HttpOnly; SameSite=Lax`);
    response.setHeader('Cache-Control', 'no-store');
    const page = me(parameters, { session, views });
    if ((request.headers.accept ?? '').includes('text/html')) send(request, response, 200, 'text/html; charset=utf-8', html(page));
    else json(request, response, page);
}

function html(page) {
    const safe = (value) => String(value).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
    return `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>${safe(page.name)}</title>
<body style="font: 1.2rem/1.5 system-ui, sans-serif; margin: 3rem auto; max-width: 40rem">
<h1>${safe(page.name)}</h1>
<p>Served by process ${page.pid} on ${safe(page.host)}.</p>
<p>This app saw your session ${page.views} ${page.views === 1 ? 'time' : 'times'}. <a href="/">Again</a></p>
</body></html>
`;
}

function who(request, response, parameters) {
    json(request, response, me(parameters));
}

function health(request, response) {
    text(request, response, stopping ? 503 : 200, stopping ? 'stopping\n' : 'ok\n');
}

/** n bytes of the repeated alphabet; with chunked=1 without telling the length first. */
async function bytes(request, response, parameters) {
    const n = wholeNumber(parameters, 'n', 1024, BYTES_MAX);
    if (n === undefined) return text(request, response, 400, `n must be a number from 0 to ${BYTES_MAX}\n`);
    const headers = { 'Content-Type': 'application/octet-stream' };
    if (parameters.get('chunked') !== '1') headers['Content-Length'] = n;
    response.writeHead(200, headers);
    if (request.method === 'HEAD') return response.end();
    for (let sent = 0; sent < n && !response.destroyed; sent += CHUNK.length) {
        const more = response.write(CHUNK.subarray(0, Math.min(CHUNK.length, n - sent)));
        if (!more) await new Promise((resolve) => response.once('drain', resolve).once('close', resolve));
    }
    response.end();
}

function echo(request, response) {
    const headers = { 'Content-Type': request.headers['content-type'] ?? 'application/octet-stream' };
    if (request.headers['content-length']) headers['Content-Length'] = request.headers['content-length'];
    response.writeHead(200, headers);
    request.pipe(response);
}

function crash() {
    process.exit(1);
}

function json(request, response, value) {
    send(request, response, 200, 'application/json', `${JSON.stringify(value)}\n`);
}

function text(request, response, status, body) {
    send(request, response, status, 'text/plain; charset=utf-8', body);
}

function send(request, response, status, type, body) {
    response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) });
    response.end(request.method === 'HEAD' ? undefined : body);
}

// ---- the life of the process ----

const server = http.createServer(onRequest);
server.keepAliveTimeout = KEEP_ALIVE_MILLIS;
server.requestTimeout = 0; // a slow upload is no error here
server.on('error', (problem) => {
    console.error(`cannot listen on ${options.host}:${options.port}: ${problem.message}`);
    process.exit(1);
});
server.listen(options.port, options.host, () => {
    const { port } = server.address();
    options.name ??= `${os.hostname()}:${port}`;
    console.log(`${options.name} listening on ${options.host}:${port}, process ${process.pid}`);
});

/** Takes no new connection, finishes what is in flight, closes what is idle; ends when nothing is left. */
function stop() {
    if (stopping) return;
    stopping = true;
    console.log(`${options.name} stopping`);
    server.close(() => process.exit(0));
    // Connections that turn idle from now on: their last answer may have been under way without "Connection: close".
    server.closeIdleConnections();
    setInterval(() => server.closeIdleConnections(), 50);
}
process.on('SIGTERM', stop);
process.on('SIGINT', stop);
