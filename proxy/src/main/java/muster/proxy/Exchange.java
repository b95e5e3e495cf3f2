package muster.proxy;

import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import muster.balancing.Backend;
import muster.balancing.Failure;
import muster.balancing.Pool;
import muster.proxy.http1.BodyReader;
import muster.proxy.http1.Output;
import muster.proxy.http1.Refusal;
import muster.proxy.http1.RequestHead;
import muster.proxy.http1.RequestRewrite;
import muster.proxy.http1.ResponseHead;
import muster.proxy.http1.ResponseRewrite;
import org.jspecify.annotations.Nullable;

/**
 * One request and its response: picks a backend, sends the request there, and tries again elsewhere where that is safe.
 * One object per client connection, used for each of its requests in turn. Its loop's thread only.
 *
 * <pre>
 *   begin ─► pick ─► connected ─► request body ─► response head ─► response body ─► over
 *             ▲          │ refused: any method   │ broken, or backend in doubt: safe requests
 *             └──────────┴───────────────────────┘
 * </pre>
 */
final class Exchange {
    /**
     * How long a connection may have been idle to get a request that cannot be sent twice: long enough to be reused under
     * load, and shorter than any backend's own limit.
     */
    private static final long UNREPEATABLE_IDLE_NANOS = 1_000_000_000L;

    private final ClientConnection client;
    private final Loop loop;
    private final BodyReader requestBody = new BodyReader();
    private final Output head = new Output(1_024);
    private final List<Backend> tried = new ArrayList<>();

    private boolean active;
    private RequestHead.Method method = RequestHead.Method.OTHER;
    private boolean http11;
    private boolean keepsAlive;
    private boolean webSocket;
    private boolean expectsContinue;
    /** May be given to another backend after it was sent to one. */
    private boolean repeatable;

    private int tries;
    private long begunNanos;
    private @Nullable Backend backend;
    private @Nullable UpstreamConnection connecting;
    private @Nullable UpstreamConnection upstream;
    private boolean waiting;
    private boolean reused;
    /** Its backend is out of rotation and this may bring it back; if that takes long it is asked elsewhere. */
    private boolean onTrial;
    /** A kept connection of it broke, which says little about it: it may be asked again if there is no other. */
    private @Nullable Backend stale;

    private @Nullable Failure lastFailure;

    /** Body bytes that no backend has for certain. */
    private @Nullable ByteBuf held;

    private boolean toFlush;
    private long responseDueNanos;
    private boolean responseBegun;
    private boolean answered;
    private boolean tunnel;
    private boolean waitedForMemory;
    private boolean clientInputEnded;
    private boolean upstreamEnded;
    private long bytesIn;
    private long bytesOut;

    Exchange(ClientConnection client) {
        this.client = client;
        this.loop = client.loop;
    }

    // --- the request ---

    void begin(RequestHead request) {
        active = true;
        method = request.method();
        http11 = request.isHttp11();
        keepsAlive = request.keepsAlive();
        webSocket = request.wantsWebSocket();
        expectsContinue = request.expectsContinue();
        repeatable = method.safe() || (loop.settings.retries().idempotent() && method.idempotent());
        tries = 0;
        begunNanos = loop.now();
        responseBegun = false;
        answered = false;
        tunnel = false;
        waitedForMemory = false;
        stale = null;
        lastFailure = null;
        bytesIn = 0;
        bytesOut = 0;
        if (!tried.isEmpty()) tried.clear();
        if (request.isChunked()) requestBody.chunked();
        else if (request.contentLength() > 0) requestBody.length(request.contentLength());
        else requestBody.none();
        loop.tally.add(Counter.REQUESTS);
        loop.requestsInFlight++;
        loop.budget.request(begunNanos);
        long limit = loop.settings.limits().bodyBytes();
        if (limit > 0 && request.contentLength() > limit) {
            refused(Refusal.BODY_TOO_LONG);
            return;
        }
        RequestRewrite.write(request, client.forwardedFor(), loop.settings.via(), head);
        dispatch();
    }

    /** Finds a backend and a connection to it, or answers that there is none. */
    private void dispatch() {
        boolean full = false;
        Pool pool = loop.pool();
        while (true) {
            long now = loop.now();
            Backend picked =
                    pool == null ? null : pool.pick(loop.settings.picker(), now, loop.random, tried, method.safe());
            Backend old = stale;
            if (picked == null && old != null && old.state() != Backend.State.GONE) picked = old;
            if (picked == null) {
                answerNoBackend(pool, full);
                return;
            }
            UpstreamPool connections = loop.upstreams(picked);
            if (connections.isFull()) {
                full = true;
                if (picked == old) stale = null;
                else tried.add(picked);
                continue;
            }
            tries++;
            backend = picked;
            onTrial = repeatable && picked.state() == Backend.State.EJECTED;
            picked.started(now);
            long idleAtMost = picked == old ? 0 : repeatable ? Long.MAX_VALUE : UNREPEATABLE_IDLE_NANOS;
            if (picked == old) stale = null;
            connections.take(this, idleAtMost);
            return;
        }
    }

    private void answerNoBackend(@Nullable Pool pool, boolean full) {
        String name = loop.settings.pool();
        Failure failure = lastFailure;
        if (full) {
            loop.tally.add(Counter.REQUESTS_QUEUE_FULL);
            answer(
                    503,
                    "All connections to the backends of pool " + name
                            + " are in use and the queue is full. Try again shortly; raise the limits or add backends.");
        } else if (failure != null) {
            answerFailure(failure, "no other backend was there to send it to; muster pool shows their states.");
        } else if (pool == null || pool.backends().isEmpty()) {
            loop.tally.add(Counter.REQUESTS_NO_BACKEND);
            answer(
                    503,
                    "There is no backend of pool " + name + " yet. Start one that announces the service " + name
                            + " and joins this cluster.");
        } else {
            loop.tally.add(Counter.REQUESTS_NO_BACKEND);
            StringBuilder why = new StringBuilder("No backend of pool " + name + " is ready:");
            pool.backends().stream().limit(5).forEach(b -> why.append(' ').append(b.reason()));
            answer(503, why.toString());
        }
    }

    void queued() {
        waiting = true;
        client.expectProgressWithin(loop.settings.times().waiting());
    }

    /** A place is free: true if it is still wanted. */
    boolean stopsWaiting() {
        boolean wanted = waiting;
        waiting = false;
        return wanted;
    }

    void connecting(UpstreamConnection connection) {
        connecting = connection;
        expectResponse();
    }

    void connected(UpstreamConnection connection, boolean wasUsed) {
        connecting = null;
        upstream = connection;
        reused = wasUsed;
        responseBegun = false;
        connection.begin(this);
        connection.write(loop.buffer(head.length()).writeBytes(head.bytes(), 0, head.length()));
        ByteBuf body = held;
        if (body != null) {
            if (repeatable) {
                // A copy: what is held may still grow, and must not move under a write that is under way.
                int bytes = body.readableBytes();
                connection.write(loop.buffer(bytes).writeBytes(body, body.readerIndex(), bytes));
            } else {
                held = null;
                connection.write(body);
            }
        }
        toFlush = true;
        expectRequestOrResponse();
        if (!client.isConsuming()) {
            flushBackend();
            client.consume();
        }
    }

    private void expectRequestOrResponse() {
        if (requestBody.complete()) expectResponse();
        else client.expectProgressWithin(loop.settings.times().body());
    }

    private void expectResponse() {
        Backend at = backend;
        Duration limit = loop.settings.times().response();
        responseDueNanos = loop.now() + limit.toNanos();
        client.expectProgressWithin(
                onTrial && at != null ? Duration.ofNanos(Math.min(limit.toNanos(), at.trialPatienceNanos())) : limit);
    }

    void flushBackend() {
        UpstreamConnection connection = upstream;
        if (toFlush && connection != null) connection.flush();
        toFlush = false;
    }

    BodyReader requestBody() {
        return requestBody;
    }

    boolean requestBodyTooLong() {
        long limit = loop.settings.limits().bodyBytes();
        return limit > 0 && requestBody.bodyBytes() > limit;
    }

    /** The client's request is complete, sent on or held. */
    boolean requestRead() {
        return requestBody.complete();
    }

    /** Whether body bytes have a place to go now. */
    boolean takesBody() {
        UpstreamConnection connection = upstream;
        if (connection != null) return connection.isWritable();
        ByteBuf body = held;
        return body == null || body.readableBytes() < mostHeld();
    }

    private int mostHeld() {
        return Math.min(loop.settings.retries().bodyBytes(), loop.memory.shareBytes());
    }

    /** In the buffer of a body that is kept. */
    int heldBytes() {
        ByteBuf body = held;
        return body == null ? 0 : body.capacity();
    }

    /** The next part of the body as it may be sent on; takes it over. */
    void toBackend(ByteBuf part) {
        bytesIn += part.readableBytes();
        UpstreamConnection connection = upstream;
        if (!active) {
            part.release();
            return;
        }
        if (connection == null || (repeatable && !answered)) hold(part);
        if (connection != null) {
            connection.write(part);
            toFlush = true;
            if (!answered) expectRequestOrResponse();
        } else {
            part.release();
        }
    }

    /** Keeps a copy; what is kept never pins the big buffers that reads use. */
    private void hold(ByteBuf part) {
        ByteBuf body = held;
        int bytes = part.readableBytes();
        int all = bytes + (body == null ? 0 : body.readableBytes());
        if (upstream != null && all > mostHeld()) {
            if (all <= loop.settings.retries().bodyBytes()) loop.tally.add(Counter.BODIES_NOT_KEPT);
            repeatable = false;
            releaseHeld();
            return;
        }
        if (upstream != null && body == null && bytesIn > bytes) {
            // Earlier parts went out unheld: this can no longer be repeated.
            repeatable = false;
            return;
        }
        if (body == null) held = loop.buffer(Math.max(bytes, 1_024)).writeBytes(part, part.readerIndex(), bytes);
        else held = Buffers.join(loop, body, part.retainedDuplicate());
    }

    private void releaseHeld() {
        ByteBuf body = held;
        held = null;
        if (body != null) body.release();
    }

    // --- what goes wrong on the way there ---

    void connectFailed(Failure failure) {
        connecting = null;
        lastFailure = failure;
        // Nothing was sent, so any method may go elsewhere, and no budget is needed: no backend had work from it.
        leaveBackend();
        if (tries < loop.settings.retries().tries()) again();
        else answerFailure(failure);
    }

    /** No connection could be opened for want of something here: it would be the same with any other backend. */
    void notConnected() {
        connecting = null;
        answer(
                503,
                "This balancer has no file descriptors or local ports left for a connection to a backend of pool "
                        + loop.settings.pool()
                        + ". Try again shortly; raise its limits or lower its number of connections.");
    }

    /**
     * The connection ended before the response did.
     *
     * @param afterResponseByte something of the response had arrived
     * @param broken by a reset, not by an orderly end
     */
    void upstreamLost(boolean afterResponseByte, boolean broken) {
        Backend at = backend;
        UpstreamConnection connection = upstream;
        upstream = null;
        if (connection != null) connection.close();
        Failure failure = afterResponseByte ? Failure.RESET_AFTER_RESPONSE : Failure.RESET_BEFORE_RESPONSE;
        loop.tally.add(
                afterResponseByte ? Counter.UPSTREAM_RESET_AFTER_RESPONSE : Counter.UPSTREAM_RESET_BEFORE_RESPONSE);
        // A backend may close a connection that it kept at any time; only other ends are evidence against it.
        boolean idleRace = reused && !afterResponseByte && !broken;
        if (at != null) {
            if (!idleRace && at.failed(loop.now(), failure))
                loop.shared.fleetChanged().run();
            loop.shared.evidence().suspectNow(at);
        }
        lastFailure = failure;
        boolean stalePossible = reused && !afterResponseByte;
        if (answered) {
            leaveBackend();
            over();
            client.abort();
        } else if (mayRepeat()) {
            leaveBackend();
            if (stalePossible) {
                stale = at;
                tries--;
            }
            again();
        } else {
            leaveBackend();
            answerFailure(failure);
        }
    }

    /** Asking a second backend is safe, possible, and within bounds. */
    private boolean mayRepeat() {
        if (!repeatable || tries >= loop.settings.retries().tries()) return false;
        if (loop.budget.takeRetry(loop.now(), loop.requestsInFlight)) return true;
        loop.tally.add(Counter.RETRIES_OVER_BUDGET);
        return false;
    }

    private void again() {
        loop.tally.add(Counter.RETRIES);
        tried.getLast().retriedAway();
        dispatch();
    }

    /** This try is over; the backend is not tried again. */
    private void leaveBackend() {
        Backend at = backend;
        backend = null;
        toFlush = false;
        if (at == null) return;
        at.finished(loop.now());
        tried.add(at);
    }

    /**
     * The backend is in doubt: if this request has no byte of a response, began before then, and may be repeated, a better
     * backend gets it now.
     */
    void moveElsewhere(long beforeNanos) {
        Backend at = backend;
        if (!active || answered || responseBegun || at == null || begunNanos - beforeNanos > 0) return;
        boolean unsent = upstream == null;
        if (!unsent && !repeatable) return;
        Pool pool = loop.pool();
        if (pool == null || !hasBetter(pool, at)) return;
        if (!unsent && !loop.budget.takeRetry(loop.now(), loop.requestsInFlight)) {
            loop.tally.add(Counter.RETRIES_OVER_BUDGET);
            return;
        }
        loop.tally.add(Counter.REDISPATCHES);
        dropConnection();
        leaveBackend();
        at.retriedAway();
        dispatch();
        client.updateReading();
    }

    /** A ready backend that would take it, now or in its queue. */
    private boolean hasBetter(Pool pool, Backend at) {
        for (Backend other : pool.backends()) {
            if (other != at
                    && other.state() == Backend.State.READY
                    && !tried.contains(other)
                    && !loop.upstreams(other).isFull()) return true;
        }
        return false;
    }

    /** Lets go of the connection in whatever phase it is. */
    private void dropConnection() {
        UpstreamConnection opening = connecting;
        connecting = null;
        if (opening != null) opening.forgetExchange();
        Backend at = backend;
        if (waiting && at != null) loop.upstreams(at).stopWaiting(this);
        waiting = false;
        UpstreamConnection connection = upstream;
        upstream = null;
        if (connection != null) connection.close();
    }

    void timedOut() {
        Backend at = backend;
        if (waiting) {
            loop.tally.add(Counter.REQUESTS_QUEUE_TIMEOUT);
            dropConnection();
            endTry();
            answer(
                    503,
                    "All connections to the backends of pool " + loop.settings.pool()
                            + " stayed in use. Try again shortly; raise the limits or add backends.");
        } else if (answered) {
            loop.tally.add(Counter.CLIENTS_STALLED);
            dropConnection();
            endTry();
            over();
            client.abort();
        } else if (!requestBody.complete() && takesBody()) {
            loop.tally.add(Counter.REQUESTS_BODY_TIMEOUT);
            dropConnection();
            endTry();
            answer(Answer.BODY_TIMEOUT);
        } else if (onTrial && at != null) {
            trialTakesLong(at);
        } else {
            responseTimedOut(at);
        }
    }

    /** The others answer meanwhile, if there are any; if not, it may take as long as everybody may, all in all. */
    private void trialTakesLong(Backend at) {
        onTrial = false;
        long leftNanos = responseDueNanos - loop.now();
        Pool pool = loop.pool();
        if (pool != null && hasBetter(pool, at) && mayRepeat()) {
            noResponse(at);
            lastFailure = Failure.RESPONSE_TIMEOUT;
            leaveBackend();
            again();
            client.updateReading();
        } else if (leftNanos > 0) {
            client.expectProgressWithin(Duration.ofNanos(leftNanos));
        } else {
            responseTimedOut(at);
        }
    }

    private void responseTimedOut(@Nullable Backend at) {
        boolean opening = connecting != null;
        noResponse(at);
        endTry();
        if (opening)
            answer(504, "The backend of pool " + loop.settings.pool() + " did not accept a connection in time.");
        else answerFailure(Failure.RESPONSE_TIMEOUT);
    }

    private void noResponse(@Nullable Backend at) {
        loop.tally.add(Counter.UPSTREAM_RESPONSE_TIMEOUT);
        if (at != null) {
            if (at.failed(loop.now(), Failure.RESPONSE_TIMEOUT))
                loop.shared.fleetChanged().run();
            loop.shared.evidence().suspectNow(at);
        }
        dropConnection();
    }

    // --- the response ---

    /** The client has got the head of a response. */
    boolean isAnswered() {
        return answered;
    }

    boolean clientSpeaksHttp11() {
        return http11;
    }

    boolean wantsWebSocket() {
        return webSocket;
    }

    boolean bodyless(ResponseHead response) {
        return method == RequestHead.Method.HEAD || response.neverHasBody();
    }

    /** Its first bytes are there. */
    void responseBegan() {
        responseBegun = true;
    }

    /** Passes an interim response on; false when the client is not to see it. */
    boolean interim(ResponseHead response) {
        responseBegun = true;
        boolean uninvited = response.status() == 100 && !expectsContinue;
        if (!http11 || uninvited) return false;
        Output out = loop.rewritten;
        ResponseRewrite.write(response, false, false, ResponseRewrite.Connection.KEPT, loop.settings.via(), out);
        loop.tally.answered(response.status());
        // The client has seen something of this backend: no other can take over.
        repeatable = false;
        client.write(loop.buffer(out.length()).writeBytes(out.bytes(), 0, out.length()));
        return true;
    }

    /** Writes the head that the client gets into {@code out}. */
    void responseHead(ResponseHead response, boolean chunked, boolean closes, Output out) {
        Backend at = backend;
        if (at != null) at.responded(loop.now(), response.status());
        loop.tally.answered(response.status());
        responseBegun = true;
        answered = true;
        releaseHeld();
        // A response before the end of the request: nobody knows whether the rest of it will ever come.
        keepsAlive &= !closes && requestBody.complete() && !loop.draining;
        ResponseRewrite.Connection connection = !keepsAlive
                ? ResponseRewrite.Connection.CLOSED
                : http11 ? ResponseRewrite.Connection.KEPT : ResponseRewrite.Connection.KEPT_SAID;
        boolean length = !chunked && !response.isChunked() && response.status() != 204;
        ResponseRewrite.write(response, chunked, length, connection, loop.settings.via(), out);
    }

    void toClient(ByteBuf part) {
        bytesOut += part.readableBytes();
        client.write(part);
    }

    /** More of the body came and went. */
    void responseMoved() {
        client.expectProgressWithin(loop.settings.times().body());
    }

    void flushClient() {
        client.flush();
        UpstreamConnection connection = upstream;
        if (connection == null || client.isWritable()) return;
        connection.pause();
        waits();
    }

    /** The client or the backend is read no further for now; at the smallest share that may be thousands of times for one answer. */
    void waits() {
        if (waitedForMemory || !loop.memory.isShort()) return;
        waitedForMemory = true;
        loop.tally.add(Counter.WAITS_FOR_MEMORY);
    }

    void clientWritabilityChanged() {
        UpstreamConnection connection = upstream;
        if (connection == null || !client.isWritable()) return;
        if (tunnel) expectTunnelProgress();
        else client.expectProgressWithin(loop.settings.times().body());
        connection.resume();
    }

    void upstreamWritabilityChanged() {
        UpstreamConnection connection = upstream;
        if (connection == null || !connection.isWritable()) return;
        if (!tunnel) client.consume();
        else client.updateReading();
    }

    /** The response is complete; {@code reusable} when the connection it came on may carry another. */
    void responseComplete(boolean reusable) {
        UpstreamConnection connection = upstream;
        upstream = null;
        boolean keep = keepsAlive;
        endTry();
        over();
        client.flush();
        if (connection != null) {
            if (reusable && requestBody.complete()) connection.pool().release(connection);
            else connection.close();
        }
        client.exchangeOver(keep);
    }

    void badResponse(String why) {
        loop.tally.add(Counter.UPSTREAM_BAD_RESPONSE);
        Backend at = backend;
        if (at != null && at.failed(loop.now(), Failure.BAD_RESPONSE))
            loop.shared.fleetChanged().run();
        boolean cut = answered;
        dropConnection();
        endTry();
        if (cut) {
            over();
            client.abort();
        } else {
            answer(502, "The backend's response is not valid HTTP/1.1 and was not passed on. " + why);
        }
    }

    // --- answers of our own ---

    /** The request turned out to be wrong while it was read. */
    void refused(Refusal refusal) {
        loop.tally.add(refusal == Refusal.BODY_TOO_LONG ? Counter.REQUESTS_BODY_TOO_LONG : Counter.REQUESTS_MALFORMED);
        boolean cut = answered;
        dropConnection();
        endTry();
        if (cut) {
            over();
            client.abort();
        } else {
            answer(Answer.refusing(refusal));
        }
    }

    private void answerFailure(Failure failure) {
        answerFailure(failure, whyNotAgain());
    }

    private void answerFailure(Failure failure, String whyNotAgain) {
        String pool = loop.settings.pool();
        switch (failure) {
            case CONNECT_REFUSED, CONNECT_TIMEOUT ->
                answer(
                        502,
                        "No backend of pool " + pool + " took the connection, " + tries
                                + " tried. Check that they run; muster pool shows their states.");
            case RESET_BEFORE_RESPONSE, RESET_AFTER_RESPONSE ->
                answer(
                        502,
                        "The backend of pool " + pool
                                + " closed the connection before it answered. The request may have been carried out; "
                                + whyNotAgain);
            case RESPONSE_TIMEOUT ->
                answer(
                        504,
                        "The backend of pool " + pool
                                + " did not answer in time. The request may have been carried out.");
            case BAD_RESPONSE, CHECK_FAILED -> answer(502, "The backend of pool " + pool + " failed.");
        }
    }

    private String whyNotAgain() {
        if (!repeatable) return "it was not sent again because that is not safe.";
        int most = loop.settings.retries().tries();
        return tries >= most
                ? most + " backends were tried, which is the most for one request."
                : "it was not sent again because too many are at the moment.";
    }

    private void answer(int status, String sentence) {
        boolean keep = keepsAlive && requestBody.complete() && !loop.draining;
        String connection = !keep ? "Connection: close\r\n" : http11 ? "" : "Connection: keep-alive\r\n";
        keepsAlive = keep;
        answer(Answer.of(status, sentence, connection, method != RequestHead.Method.HEAD), keep);
    }

    private void answer(Answer closing) {
        answer(closing, false);
    }

    private void answer(Answer answer, boolean keep) {
        endTry();
        over();
        client.answer(answer);
        client.exchangeOver(keep);
    }

    // --- the end ---

    /** This try ended, well or not, and no other follows. */
    private void endTry() {
        Backend at = backend;
        backend = null;
        if (at != null) {
            at.transferred(bytesIn, bytesOut);
            at.finished(loop.now());
        }
    }

    private void over() {
        if (!active) return;
        active = false;
        tunnel = false;
        releaseHeld();
        loop.requestsInFlight--;
    }

    /** There is no memory to go on; not even for an answer that says so. */
    void noMemory() {
        dropConnection();
        endTry();
        over();
        client.abort();
    }

    /** The client closed, or was closed. */
    void clientGone() {
        if (!active) return;
        if (!tunnel && !answered) loop.tally.add(Counter.REQUESTS_ABORTED_BY_CLIENT);
        dropConnection();
        endTry();
        over();
    }

    // --- after an upgrade: bytes both ways ---

    void tunnelOpens(ResponseHead response) {
        Backend at = backend;
        if (at != null) at.responded(loop.now(), response.status());
        loop.tally.answered(response.status());
        loop.tally.add(Counter.TUNNELS);
        responseBegun = true;
        answered = true;
        tunnel = true;
        clientInputEnded = false;
        upstreamEnded = false;
        releaseHeld();
        Output out = loop.rewritten;
        ResponseRewrite.write(response, false, false, ResponseRewrite.Connection.UPGRADED, loop.settings.via(), out);
        toClient(loop.buffer(out.length()).writeBytes(out.bytes(), 0, out.length()));
        client.tunnelOpened();
        client.consume();
    }

    void tunnelToBackend(ByteBuf part) {
        UpstreamConnection connection = upstream;
        if (connection == null) {
            part.release();
            return;
        }
        expectTunnelProgress();
        bytesIn += part.readableBytes();
        connection.write(part);
        toFlush = true;
        if (!connection.isWritable()) client.updateReading();
    }

    void tunnelToClient(ByteBuf part) {
        expectTunnelProgress();
        toClient(part);
    }

    private void expectTunnelProgress() {
        // Whoever ended its side has often left for good; the other side may finish, but not sit there.
        client.expectProgressWithin(
                clientInputEnded || upstreamEnded
                        ? loop.settings.times().body()
                        : loop.settings.times().tunnel());
    }

    void tunnelInputEnded() {
        UpstreamConnection connection = upstream;
        if (connection == null || clientInputEnded) return;
        clientInputEnded = true;
        flushBackend();
        expectTunnelProgress();
        if (upstreamEnded) client.finishTunnel();
        else connection.shutdownOutput();
    }

    /** The backend will send nothing more; the client may. */
    void upstreamFinished() {
        upstreamEnded = true;
        expectTunnelProgress();
        if (clientInputEnded) client.finishTunnel();
        else client.shutdownOutput();
    }

    void tunnelBroke() {
        client.abort();
    }
}
