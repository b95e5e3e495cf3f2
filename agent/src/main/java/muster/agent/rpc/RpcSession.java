package muster.agent.rpc;

import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import muster.agent.event.ClusterEvent;
import muster.agent.event.EventFilter;
import muster.agent.logging.Log;
import muster.agent.logging.LogLevel;
import muster.agent.logging.LogLine;
import muster.agent.node.Counters;
import muster.agent.node.NodeUnavailable;
import muster.gossip.Figure;
import muster.gossip.Input;
import muster.gossip.Member;
import muster.gossip.Notice;
import muster.gossip.wire.Bytes;
import muster.gossip.wire.MsgPackReader;
import muster.gossip.wire.MsgPackWriter;
import org.jspecify.annotations.Nullable;

/**
 * One RPC client. A virtual thread reads requests and answers them one after another; a second one writes. Error texts
 * are Serf's, letter for letter: clients compare them.
 */
final class RpcSession {
    private static final int REQUEST_BYTES_MAX = 64 << 10; // tags, events and join lists are far below
    private static final int ITEMS_MAX = 1_024; // of one list in a request
    private static final int STREAMS_MAX = 32; // of one client
    static final int QUERIES_MAX = 64; // of one client at once, so that it leaves some of the node's to others
    private static final Duration REQUEST_LIMIT = Duration.ofSeconds(10); // from its first byte to its last
    /** Serf's command line throws away the answers that it has not printed yet when it reads of the end. */
    private static final Duration DONE_AFTER = Duration.ofMillis(100);

    /** One request at a time is being answered, which takes no time unless the client does not read. */
    private static final long EARLY_BYTES_MAX = 128 << 10;

    private static final long AT_WORK = Long.MAX_VALUE;
    private static final long GOODBYE_MILLIS = 500;
    private static final long LINGER_NANOS = 2_000_000_000L;
    private static final int VERSION = 1;

    private final Socket socket;
    private final String authKey;
    private final Controls controls;
    private final Counters counters;
    private final Consumer<Figure> figures;
    private final Places places;
    private final Outbox outbox;
    private final ShownQueries shown = new ShownQueries();
    private final Set<QueryRecords> queriesRunning = ConcurrentHashMap.newKeySet();
    private final Map<Long, Consumer<Notice>> streams = new HashMap<>(); // only on the reading thread
    private @Nullable Consumer<LogLine> monitor; // only on the reading thread
    private long monitorSequence;
    private volatile long restsSinceNanos = AT_WORK;
    private volatile long queryEndedNanos = System.nanoTime(); // of the last one, or when this client came
    private boolean greeted;
    private boolean authenticated;
    private boolean placed;

    /** Where those are that are served, and those that have not shown who they are. */
    interface Places {
        /** From the session that has just greeted, and shown its key. Why there is no place for it; else empty. */
        String take(RpcSession session);

        /** It is over. */
        void leave(RpcSession session);
    }

    RpcSession(
            Socket socket,
            String authKey,
            Controls controls,
            Counters counters,
            Consumer<Figure> figures,
            Budget waiting,
            Places places) {
        this.socket = socket;
        this.authKey = authKey;
        this.controls = controls;
        this.counters = counters;
        this.figures = figures;
        this.outbox = new Outbox(waiting, counters);
        this.places = places;
    }

    void start() {
        Thread.ofVirtual().name("rpc-read").start(this::serve);
        Thread.ofVirtual().name("rpc-write").start(this::write);
    }

    /** Who it is, for people. */
    String client() {
        return String.valueOf(socket.getRemoteSocketAddress());
    }

    boolean stuckFor(long nanos, long nowNanos) {
        return outbox.stuckFor(nanos, nowNanos);
    }

    /** For how long it has asked and been told nothing, and waits for nothing; zero while it is at work. */
    long restedNanos(long nowNanos) {
        long since = restsSinceNanos;
        return since == AT_WORK || !queriesRunning.isEmpty()
                ? 0
                : Math.min(Math.min(nowNanos - since, nowNanos - queryEndedNanos), outbox.emptyNanos(nowNanos));
    }

    void close() {
        outbox.close();
        try {
            socket.close();
        } catch (IOException e) {
            Log.line(LogLevel.DEBUG, "agent.ipc: closing a client: " + e.getMessage());
        }
    }

    private void write() {
        try {
            outbox.drainTo(socket.getOutputStream());
        } catch (IOException e) {
            close(); // the client went away; the reading thread notices by the closed socket
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            counters.count("faults");
            Log.line(LogLevel.ERR, "agent.ipc: a fault while writing to a client, which is closed", e);
            close();
        }
    }

    private void serve() {
        try {
            var input = new RpcInput(socket.getInputStream(), REQUEST_BYTES_MAX, REQUEST_LIMIT);
            long introducedByNanos = System.nanoTime() + REQUEST_LIMIT.toNanos();
            boolean goOn = true;
            while (goOn) {
                // A client may rest between requests once it has greeted and shown its key, but not within one.
                boolean mayRest = isIntroduced();
                long leftMillis = (introducedByNanos - System.nanoTime()) / 1_000_000;
                if (!mayRest && leftMillis <= 0) {
                    throw new SocketTimeoutException("it has talked for too long without its key");
                }
                socket.setSoTimeout(mayRest ? 0 : (int) leftMillis);
                restsSinceNanos = streams.isEmpty() && monitor == null ? System.nanoTime() : AT_WORK;
                input.await();
                restsSinceNanos = AT_WORK;
                socket.setSoTimeout((int) REQUEST_LIMIT.toMillis());
                goOn = answer(input.read(Header::read), input);
            }
            outbox.awaitEmpty(GOODBYE_MILLIS);
            linger();
        } catch (EOFException e) {
            Log.line(LogLevel.TRACE, "agent.ipc: client left");
        } catch (SocketTimeoutException e) {
            counters.count("rpc-requests-timed-out");
        } catch (RpcFault e) {
            counters.count("rpc-requests-malformed");
            Log.line(LogLevel.WARN, "agent.ipc: client closed: " + e.getMessage());
        } catch (IOException e) {
            Log.line(LogLevel.DEBUG, "agent.ipc: client lost: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            counters.count("faults");
            Log.line(LogLevel.ERR, "agent.ipc: a fault while answering a client, which is closed", e);
        } finally {
            streams.values().forEach(controls::unlisten);
            queriesRunning.forEach(controls::endQuery); // up to a day each, and others may need their places
            if (monitor != null) {
                Log.unfollow(monitor);
            }
            close();
            places.leave(this);
        }
    }

    /** A close with unread bytes is a reset, in which the answer may be lost: so what still comes is read, for a moment. */
    private void linger() throws IOException {
        socket.shutdownOutput();
        var rest = new byte[8 << 10];
        long endNanos = System.nanoTime() + LINGER_NANOS;
        try {
            long leftNanos = LINGER_NANOS;
            while (leftNanos > 0) {
                socket.setSoTimeout(Math.max(1, (int) (leftNanos / 1_000_000)));
                if (socket.getInputStream().read(rest) < 0) {
                    return;
                }
                leftNanos = endNanos - System.nanoTime();
            }
        } catch (SocketTimeoutException e) {
            Log.line(LogLevel.TRACE, "agent.ipc: a client stays after its last answer");
        }
    }

    private record Header(String command, long sequence) {
        static Header read(MsgPackReader reader) {
            String command = "";
            long sequence = 0;
            for (int i = reader.map(); i > 0 && !reader.failed(); i--) {
                switch (reader.looseText()) {
                    case "Command" -> command = reader.looseText();
                    case "Seq" -> sequence = reader.unsigned(Long.MAX_VALUE);
                    default -> reader.skip();
                }
            }
            return new Header(command, sequence);
        }
    }

    /** False: close the connection. */
    private boolean answer(Header header, RpcInput input) throws IOException, InterruptedException {
        try {
            return obey(header, input);
        } catch (NodeUnavailable e) {
            refuse(header, String.valueOf(e.getMessage()));
            return true;
        }
    }

    /** With the empty body for which clients wait where an answer has one. */
    private void refuse(Header header, String error) throws InterruptedException {
        MsgPackWriter writer = Records.header(header.sequence(), error);
        switch (header.command()) {
            case "join" -> joined(writer, 0);
            case "install-key", "use-key", "remove-key", "list-keys" ->
                Records.keyAnswer(writer, KeyAnswer.refused(error));
            case "stats" -> Records.sections(writer, Collections.emptySortedMap());
            case "get-coordinate" -> Records.coordinate(writer, null);
            default -> {}
        }
        put(writer);
    }

    /** False: close the connection. */
    private boolean obey(Header header, RpcInput input) throws IOException, InterruptedException {
        figures.accept(Figure.count("agent.ipc.command", 1));
        long sequence = header.sequence();
        String command = header.command();
        if (!greeted && !command.equals("handshake")) {
            reply(sequence, "Handshake required");
            return false;
        }
        if (!authKey.isEmpty() && !authenticated && !command.equals("handshake") && !command.equals("auth")) {
            reply(sequence, "Authentication required");
            if (hasBody(command)) {
                input.read(RpcSession::skip);
            }
            return true;
        }
        switch (command) {
            case "handshake" -> {
                return handshake(sequence, input);
            }
            case "auth" -> {
                return authenticate(sequence, input);
            }
            case "members" -> members(sequence, controls.members(), "");
            case "members-filtered" -> filtered(sequence, input);
            case "join" -> join(sequence, input);
            case "leave" -> {
                controls.leave();
                reply(sequence, "");
                outbox.awaitEmpty(GOODBYE_MILLIS);
                controls.leftAndAnswered();
                return false;
            }
            case "force-leave" -> forceLeave(sequence, input);
            case "event" -> event(sequence, input);
            case "query" -> query(sequence, input);
            case "respond" -> respond(sequence, input);
            case "install-key" -> changeKeys(sequence, Input.KeyChange.INSTALL, input);
            case "use-key" -> changeKeys(sequence, Input.KeyChange.USE, input);
            case "remove-key" -> changeKeys(sequence, Input.KeyChange.REMOVE, input);
            case "list-keys" -> keys(sequence, controls.keys(Input.KeyChange.LIST, ""));
            case "tags" -> tags(sequence, input);
            case "stats" -> stats(sequence);
            case "stream" -> stream(sequence, input);
            case "monitor" -> monitor(sequence, input);
            case "stop" -> stop(sequence, input);
            case "get-coordinate" -> coordinate(sequence, input);
            case RpcClient.POOLS -> pools(sequence);
            default -> {
                reply(sequence, "Unsupported command");
                return false; // whether a body follows is not known, so nothing after it can be understood
            }
        }
        return true;
    }

    private static boolean hasBody(String command) {
        return switch (command) {
            case "members", "leave", "stats", "list-keys", RpcClient.POOLS -> false;
            default -> true;
        };
    }

    private static boolean skip(MsgPackReader reader) {
        reader.skip();
        return true;
    }

    private boolean isIntroduced() {
        return greeted && (authKey.isEmpty() || authenticated);
    }

    /** Answers what a client says of itself. False: there is no place for it, which is the answer; close the connection. */
    private boolean welcome(long sequence) throws InterruptedException {
        String refusal = placed || !isIntroduced() ? "" : places.take(this);
        placed = isIntroduced() && refusal.isEmpty();
        reply(sequence, refusal);
        return refusal.isEmpty();
    }

    /** False: close the connection. */
    private boolean handshake(long sequence, RpcInput input) throws IOException, InterruptedException {
        int version = input.read(reader -> {
            int found = 0;
            for (int i = reader.map(); i > 0 && !reader.failed(); i--) {
                if (reader.looseText().equals("Version")) {
                    found = (int) reader.integer(Integer.MIN_VALUE, Integer.MAX_VALUE);
                } else {
                    reader.skip();
                }
            }
            return found;
        });
        if (version != VERSION) {
            reply(sequence, "Unsupported IPC version");
        } else if (greeted) {
            reply(sequence, "Handshake already performed");
        } else {
            greeted = true;
            return welcome(sequence);
        }
        return true;
    }

    /** False: close the connection. */
    private boolean authenticate(long sequence, RpcInput input) throws IOException, InterruptedException {
        String key = input.read(reader -> field(reader, "AuthKey"));
        // In a time that does not tell how much of the key is right.
        if (MessageDigest.isEqual(key.getBytes(StandardCharsets.UTF_8), authKey.getBytes(StandardCharsets.UTF_8))) {
            authenticated = true;
            return welcome(sequence);
        }
        counters.count("rpc-auth-failures");
        reply(sequence, "Invalid authentication token");
        return true;
    }

    private void members(long sequence, List<Member> members, String error) throws InterruptedException {
        MsgPackWriter head = Records.header(sequence, error).map(1).text("Members");
        outbox.put(Reply.ofList(head.array(members.size()), members, Records::member));
    }

    private void filtered(long sequence, RpcInput input) throws IOException, InterruptedException {
        record Request(String name, String status, SortedMap<String, String> tags) {}
        Request request = input.read(reader -> {
            String name = "";
            String status = "";
            SortedMap<String, String> tags = new TreeMap<>();
            for (int i = reader.map(); i > 0 && !reader.failed(); i--) {
                switch (reader.looseText()) {
                    case "Name" -> name = reader.looseText();
                    case "Status" -> status = reader.looseText();
                    case "Tags" -> tags = Records.readTexts(reader);
                    default -> reader.skip();
                }
            }
            return new Request(name, status, tags);
        });
        try {
            var filter = new MemberFilter(request.name(), request.status(), request.tags());
            members(sequence, controls.members().stream().filter(filter::takes).toList(), "");
        } catch (MemberFilter.BadExpression e) {
            members(sequence, List.of(), "Failed to compile regex: " + e.getMessage());
        } catch (MemberFilter.TooCostly e) {
            counters.count("rpc-filters-too-costly");
            members(sequence, List.of(), String.valueOf(e.getMessage()));
        }
    }

    private void join(long sequence, RpcInput input) throws IOException, InterruptedException {
        record Request(List<String> existing, boolean replay) {}
        Request request = input.read(reader -> {
            List<String> existing = List.of();
            boolean replay = false;
            for (int i = reader.map(); i > 0 && !reader.failed(); i--) {
                switch (reader.looseText()) {
                    case "Existing" -> existing = texts(reader);
                    case "Replay" -> replay = reader.bool();
                    default -> reader.skip();
                }
            }
            return new Request(existing, replay);
        });
        Controls.JoinResult result = controls.join(request.existing(), request.replay());
        put(joined(Records.header(sequence, result.joined() > 0 ? "" : result.error()), result.joined()));
    }

    private static MsgPackWriter joined(MsgPackWriter writer, int nodes) {
        return writer.map(1).text("Num").integer(nodes);
    }

    private void forceLeave(long sequence, RpcInput input) throws IOException, InterruptedException {
        record Request(String node, boolean prune) {}
        Request request = input.read(reader -> {
            String node = "";
            boolean prune = false;
            for (int i = reader.map(); i > 0 && !reader.failed(); i--) {
                switch (reader.looseText()) {
                    case "Node" -> node = reader.looseText();
                    case "Prune" -> prune = reader.bool();
                    default -> reader.skip();
                }
            }
            return new Request(node, prune);
        });
        reply(sequence, controls.forceLeave(request.node(), request.prune()));
    }

    private void event(long sequence, RpcInput input) throws IOException, InterruptedException {
        record Request(String name, Bytes payload, boolean coalesce) {}
        Request request = input.read(reader -> {
            String name = "";
            Bytes payload = Bytes.EMPTY;
            boolean coalesce = false;
            for (int i = reader.map(); i > 0 && !reader.failed(); i--) {
                switch (reader.looseText()) {
                    case "Name" -> name = reader.looseText();
                    case "Payload" -> payload = reader.bytes();
                    case "Coalesce" -> coalesce = reader.bool();
                    default -> reader.skip();
                }
            }
            return new Request(name, payload, coalesce);
        });
        reply(sequence, controls.sendEvent(request.name(), request.payload(), request.coalesce()));
    }

    private void query(long sequence, RpcInput input) throws IOException, InterruptedException {
        QueryRequest request = input.read(Records::readQuery);
        if (queriesRunning.size() >= QUERIES_MAX) {
            counters.count("rpc-queries-refused");
            reply(sequence, "Too many queries");
            return;
        }
        var records = new QueryRecords(sequence);
        queriesRunning.add(records);
        String error;
        try {
            error = controls.query(request, records);
        } catch (NodeUnavailable e) {
            error = String.valueOf(e.getMessage());
            controls.endQuery(records); // it may begin yet, and then nobody would end it
        }
        reply(sequence, error);
        if (error.isEmpty()) {
            records.begin();
        } else {
            queriesRunning.remove(records);
        }
    }

    /** Records that come of a request. The first of them may come before it is answered, and have to wait for that. */
    private final class AfterReply {
        private final List<MsgPackWriter> early = new ArrayList<>(); // guarded by this
        private long earlyBytes; // guarded by this
        private boolean begun; // guarded by this

        /** False, and counted, when there is no room. */
        synchronized boolean offer(MsgPackWriter writer) {
            if (begun) {
                return RpcSession.this.offer(writer);
            }
            if (earlyBytes + writer.size() > EARLY_BYTES_MAX) {
                counters.count("rpc-records-dropped");
                return false;
            }
            earlyBytes += writer.size();
            return early.add(writer);
        }

        synchronized void begin() {
            begun = true;
            early.forEach(RpcSession.this::offer);
            early.clear();
        }
    }

    /** What comes back of one query. */
    private final class QueryRecords implements Consumer<Notice> {
        private final long sequence;
        private final AfterReply records = new AfterReply();

        QueryRecords(long sequence) {
            this.sequence = sequence;
        }

        @Override
        public void accept(Notice notice) {
            switch (notice) {
                case Notice.QueryAcked acked -> record("ack", acked.from(), Bytes.EMPTY);
                case Notice.QueryAnswered answer -> record("response", answer.from(), answer.payload());
                case Notice.QueryEnded _ -> Thread.ofVirtual().name("rpc-done").start(this::done);
                default -> {} // a refusal is in the answer to the request
            }
        }

        private void done() {
            try {
                Thread.sleep(DONE_AFTER);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            // Before who reads of it may ask for more, and in this order: else it would rest at this moment.
            queryEndedNanos = System.nanoTime();
            queriesRunning.remove(this);
            if (!record("done", "", Bytes.EMPTY)) {
                close(); // it would wait for ever
            }
        }

        private boolean record(String type, String from, Bytes payload) {
            return records.offer(Records.queryRecord(Records.header(sequence, ""), type, from, payload));
        }

        void begin() {
            records.begin();
        }
    }

    private void respond(long sequence, RpcInput input) throws IOException, InterruptedException {
        record Request(long id, Bytes payload) {}
        Request request = input.read(reader -> {
            long id = 0;
            Bytes payload = Bytes.EMPTY;
            for (int i = reader.map(); i > 0 && !reader.failed(); i--) {
                switch (reader.looseText()) {
                    case "ID" -> id = reader.unsigned(Long.MAX_VALUE);
                    case "Payload" -> payload = reader.bytes();
                    default -> reader.skip();
                }
            }
            return new Request(id, payload);
        });
        reply(
                sequence,
                shown.isOpen(request.id(), System.nanoTime())
                        ? controls.answer(request.id(), request.payload())
                        : "No pending queries matching ID");
    }

    private void changeKeys(long sequence, Input.KeyChange change, RpcInput input)
            throws IOException, InterruptedException {
        keys(sequence, controls.keys(change, input.read(reader -> field(reader, "Key"))));
    }

    private void keys(long sequence, KeyAnswer answer) throws InterruptedException {
        put(Records.keyAnswer(Records.header(sequence, answer.error()), answer));
    }

    private void tags(long sequence, RpcInput input) throws IOException, InterruptedException {
        record Request(SortedMap<String, String> set, List<String> remove) {}
        Request request = input.read(reader -> {
            SortedMap<String, String> set = new TreeMap<>();
            List<String> remove = List.of();
            for (int i = reader.map(); i > 0 && !reader.failed(); i--) {
                switch (reader.looseText()) {
                    case "Tags" -> set = Records.readTexts(reader);
                    case "DeleteTags" -> remove = texts(reader);
                    default -> reader.skip();
                }
            }
            return new Request(set, remove);
        });
        reply(sequence, controls.changeTags(request.set(), request.remove()));
    }

    private void stats(long sequence) throws InterruptedException {
        MsgPackWriter writer = Records.header(sequence, "");
        Records.sections(writer, controls.stats());
        put(writer);
    }

    private void coordinate(long sequence, RpcInput input) throws IOException, InterruptedException {
        String node = input.read(reader -> field(reader, "Node"));
        MsgPackWriter writer = Records.header(sequence, "");
        Records.coordinate(writer, controls.coordinate(node));
        put(writer);
    }

    private void pools(long sequence) throws InterruptedException {
        List<PoolRow> rows = controls.pools();
        MsgPackWriter head = Records.header(sequence, "").map(1).text("Backends");
        outbox.put(Reply.ofList(head.array(rows.size()), rows, Records::pool));
    }

    private void stream(long sequence, RpcInput input) throws IOException, InterruptedException {
        String type = input.read(reader -> field(reader, "Type"));
        List<EventFilter> filters = EventFilter.parse(type);
        if (filters == null) {
            reply(sequence, "Invalid event filter");
        } else if (streams.containsKey(sequence)) {
            reply(sequence, "Stream with given sequence exists");
        } else if (streams.size() >= STREAMS_MAX) {
            counters.count("rpc-streams-refused");
            reply(sequence, "Too many streams");
        } else {
            var records = new AfterReply();
            Consumer<Notice> listener = notice -> {
                ClusterEvent event = ClusterEvent.of(notice);
                if (event != null && filters.stream().anyMatch(filter -> filter.wants(event))) {
                    if (event instanceof ClusterEvent.Query query) {
                        shown.add(query, System.nanoTime());
                    }
                    records.offer(Records.event(Records.header(sequence, ""), event));
                }
            };
            streams.put(sequence, listener);
            controls.listen(listener); // before the reply: who reads it is to hear of all that happens from then on
            reply(sequence, "");
            records.begin();
        }
    }

    /** False, and counted, when there is no room. */
    private boolean offer(MsgPackWriter writer) {
        boolean taken = outbox.offer(writer.toBytes());
        if (!taken && !socket.isClosed()) {
            counters.count("rpc-records-dropped");
        }
        return taken;
    }

    private void monitor(long sequence, RpcInput input) throws IOException, InterruptedException {
        String word = input.read(reader -> field(reader, "LogLevel"));
        LogLevel least = LogLevel.named(word.isEmpty() ? "DEBUG" : word);
        if (least == null) {
            reply(sequence, "Unknown log level: " + word.toUpperCase(Locale.ROOT));
            return;
        }
        if (monitor != null) {
            reply(sequence, "Monitor already exists");
            return;
        }
        reply(sequence, "");
        monitorSequence = sequence;
        Consumer<LogLine> follower = line -> logged(sequence, least, line);
        monitor = follower;
        for (LogLine line : Log.follow(follower)) {
            logged(sequence, least, line);
        }
    }

    /** On the thread that logs. Never logs itself. */
    private void logged(long sequence, LogLevel least, LogLine line) {
        if (line.level().compareTo(least) >= 0) {
            offer(Records.header(sequence, "").map(1).text("Log").text(line.text()));
        }
    }

    private void stop(long sequence, RpcInput input) throws IOException, InterruptedException {
        long stopped = input.read(reader -> {
            long found = 0;
            for (int i = reader.map(); i > 0 && !reader.failed(); i--) {
                if (reader.looseText().equals("Stop")) {
                    found = reader.unsigned(Long.MAX_VALUE);
                } else {
                    reader.skip();
                }
            }
            return found;
        });
        Consumer<Notice> listener = streams.remove(stopped);
        if (listener != null) {
            controls.unlisten(listener);
        }
        if (monitor != null && monitorSequence == stopped) {
            Log.unfollow(monitor);
            monitor = null;
        }
        reply(sequence, "");
    }

    private void reply(long sequence, String error) throws InterruptedException {
        put(Records.header(sequence, error));
    }

    private void put(MsgPackWriter writer) throws InterruptedException {
        outbox.put(Reply.of(writer.toBytes()));
    }

    /** One text of a map whose other fields do not matter. */
    private static String field(MsgPackReader reader, String name) {
        String found = "";
        for (int i = reader.map(); i > 0 && !reader.failed(); i--) {
            if (reader.looseText().equals(name)) {
                found = reader.looseText();
            } else {
                reader.skip();
            }
        }
        return found;
    }

    private static List<String> texts(MsgPackReader reader) {
        var all = new ArrayList<String>();
        for (int i = reader.array(); i > 0 && !reader.failed(); i--) {
            String text = reader.looseText();
            if (all.size() < ITEMS_MAX) {
                all.add(text);
            }
        }
        return all;
    }
}
