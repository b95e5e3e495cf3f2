package muster.agent.rpc;

import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import muster.agent.node.Addresses;
import muster.gossip.Member;
import muster.gossip.wire.Bytes;
import muster.gossip.wire.Coordinate;
import muster.gossip.wire.MsgPackReader;
import muster.gossip.wire.MsgPackWriter;
import org.jspecify.annotations.Nullable;

/** A connection to an agent, ours or Serf's. One request at a time; used by one thread. Every method waits for its answer. */
public final class RpcClient implements AutoCloseable {
    /** Our own command: the backends of a balancer. */
    static final String POOLS = "muster-pools";

    private static final Duration CONNECT_LIMIT = Duration.ofSeconds(10);
    private static final int ANSWER_BYTES_MAX = 64 << 20; // a hundred thousand members with full tags

    private final Socket socket;
    private final RpcInput input;
    private long sequence;

    private RpcClient(Socket socket) throws IOException {
        this.socket = socket;
        this.input = new RpcInput(socket.getInputStream(), ANSWER_BYTES_MAX);
    }

    /** Connects and introduces itself. {@code authKey} is empty for none. Throws {@link IOException} with Go's words for the reason. */
    public static RpcClient connect(InetSocketAddress address, String authKey) throws IOException {
        var socket = new Socket();
        try {
            socket.setTcpNoDelay(true);
            socket.connect(address, (int) CONNECT_LIMIT.toMillis());
            var client = new RpcClient(socket);
            client.call("handshake", body().map(1).text("Version").integer(1));
            if (!authKey.isEmpty()) {
                client.call("auth", body().map(1).text("AuthKey").text(authKey));
            }
            return client;
        } catch (ConnectException e) {
            socket.close();
            throw new IOException(
                    "dial tcp " + Addresses.of(address) + ": connect: "
                            + String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT),
                    e);
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /** From now on an answer that takes longer than {@code limit} is an {@link IOException}; without this, waiting never ends. */
    public void limitAnswers(Duration limit) throws IOException {
        socket.setSoTimeout(Math.toIntExact(limit.toMillis()));
    }

    public List<Member> members() throws IOException {
        return list(ask("members", Bytes.EMPTY, true), "Members", Records::readMember);
    }

    /** Members whose name, status and tags match the expressions as a whole; empty ones match everything. */
    public List<Member> members(String name, String status, SortedMap<String, String> tags) throws IOException {
        MsgPackWriter request = body().map(3)
                .text("Name")
                .text(name)
                .text("Status")
                .text(status)
                .text("Tags");
        Records.texts(request, tags);
        return list(ask("members-filtered", request.toBytes(), true), "Members", Records::readMember);
    }

    /** Returns how many nodes were joined; throws {@link RpcFault} when none was. */
    public int join(List<String> nodes, boolean replay) throws IOException {
        MsgPackWriter request = body().map(2).text("Existing").array(nodes.size());
        nodes.forEach(request::text);
        request.text("Replay").bool(replay);
        String error = ask("join", request.toBytes(), true);
        int joined = input.read(reader -> {
            int number = 0;
            for (int i = reader.map(); i > 0 && !reader.failed(); i--) {
                if (reader.looseText().equals("Num")) {
                    number = (int) reader.integer(0, Integer.MAX_VALUE);
                } else {
                    reader.skip();
                }
            }
            return number;
        });
        refuse(error);
        return joined;
    }

    public void leave() throws IOException {
        refuse(ask("leave", Bytes.EMPTY, false));
    }

    public void forceLeave(String node, boolean prune) throws IOException {
        call("force-leave", body().map(2).text("Node").text(node).text("Prune").bool(prune));
    }

    public void event(String name, Bytes payload, boolean coalesce) throws IOException {
        MsgPackWriter request =
                body().map(3).text("Coalesce").bool(coalesce).text("Name").text(name);
        call("event", request.text("Payload").bytes(payload));
    }

    public void tags(SortedMap<String, String> set, List<String> remove) throws IOException {
        MsgPackWriter request = body().map(2).text("DeleteTags").array(remove.size());
        remove.forEach(request::text);
        Records.texts(request.text("Tags"), set);
        call("tags", request);
    }

    /** Sections of facts about the agent. */
    public SortedMap<String, SortedMap<String, String>> stats() throws IOException {
        String error = ask("stats", Bytes.EMPTY, true);
        SortedMap<String, SortedMap<String, String>> all = input.read(reader -> {
            var sections = new TreeMap<String, SortedMap<String, String>>();
            for (int i = reader.map(); i > 0 && !reader.failed(); i--) {
                String name = reader.looseText();
                sections.put(name, Records.readTexts(reader));
            }
            return sections;
        });
        refuse(error);
        return all;
    }

    /** The backends that the agent balances over. A Serf agent does not know the command. */
    public List<PoolRow> pools() throws IOException {
        return list(ask(POOLS, Bytes.EMPTY, true), "Backends", Records::readPoolRow);
    }

    /** A member's place; null when the agent knows none. */
    public @Nullable Coordinate coordinate(String node) throws IOException {
        String error =
                ask("get-coordinate", body().map(1).text("Node").text(node).toBytes(), true);
        var found = new ArrayList<Coordinate>();
        boolean known = input.read(reader -> Records.readCoordinate(reader, found));
        refuse(error);
        return known && !found.isEmpty() ? found.getLast() : null;
    }

    /** Asks all members for their keys. What they or the agent cannot do is in the answer, not an exception. */
    public KeyAnswer listKeys() throws IOException {
        return keys("list-keys", Bytes.EMPTY);
    }

    /** {@code command}: install-key, use-key or remove-key; {@code key} in base64. */
    public KeyAnswer changeKeys(String command, String key) throws IOException {
        return keys(command, body().map(1).text("Key").text(key).toBytes());
    }

    private KeyAnswer keys(String command, Bytes request) throws IOException {
        String error = ask(command, request, false);
        return comesAlone(error)
                ? KeyAnswer.refused(error)
                : input.read(reader -> Records.readKeyAnswer(reader, error));
    }

    /** Hears what comes back of a query. */
    public interface AnswerSink {
        void ack(String from);

        void response(String from, Bytes payload);
    }

    /** Asks everybody; returns when the query is over. */
    public void query(QueryRequest query, Runnable dispatched, AnswerSink sink) throws IOException {
        call("query", Records.query(body(), query));
        dispatched.run();
        boolean done = false;
        while (!done) {
            refuse(errorOf(input));
            record Part(String type, String from, Bytes payload) {}
            Part part = input.read(reader -> {
                String type = "";
                String from = "";
                Bytes payload = Bytes.EMPTY;
                for (int i = reader.map(); i > 0 && !reader.failed(); i--) {
                    switch (reader.looseText()) {
                        case "Type" -> type = reader.looseText();
                        case "From" -> from = reader.looseText();
                        case "Payload" -> payload = reader.bytes();
                        default -> reader.skip();
                    }
                }
                return new Part(type, from, payload);
            });
            switch (part.type()) {
                case "ack", "response" -> {
                    // Serf's agent sends some from nobody when the time is over.
                    if (part.from().isEmpty()) {
                        continue;
                    }
                    if (part.type().equals("ack")) {
                        sink.ack(part.from());
                    } else {
                        sink.response(part.from(), part.payload());
                    }
                }
                default -> done = true;
            }
        }
    }

    /** Calls {@code changed} once it is sure to hear of every change of a member, and for each; returns when the connection ends. */
    public void follow(Runnable changed) throws IOException {
        call(
                "stream",
                body().map(1).text("Type").text("member-join,member-leave,member-failed,member-update,member-reap"));
        changed.run();
        try {
            while (true) {
                refuse(errorOf(input));
                input.read(reader -> {
                    reader.skip();
                    return true;
                });
                changed.run();
            }
        } catch (EOFException e) {
            // the agent has ended
        }
    }

    /** What takes log lines until the connection ends. */
    public interface LineSink {
        void line(String text);
    }

    /** Follows the agent's log from {@code level} on; returns when the connection ends. */
    public void monitor(String level, LineSink sink) throws IOException {
        call("monitor", body().map(1).text("LogLevel").text(level));
        try {
            while (true) {
                refuse(errorOf(input));
                sink.line(input.read(RpcClient::logLine));
            }
        } catch (EOFException e) {
            // the agent has ended
        }
    }

    /**
     * Follows the log from {@code level} on, and all events: what an event has is told as a line for each fact, in Go's syntax.
     * Returns when the connection ends.
     */
    public void watch(String level, LineSink log, Consumer<List<String>> events) throws IOException {
        long stream = sequence++;
        long monitor = sequence++;
        send("stream", stream, body().map(1).text("Type").text("*").toBytes());
        send("monitor", monitor, body().map(1).text("LogLevel").text(level).toBytes());
        var begun = new HashSet<Long>(); // the answer to each comes first, but perhaps after records of the other
        try {
            while (true) {
                Head head = input.read(Head::read);
                refuse(head.error());
                if (begun.add(head.sequence())) {
                    continue;
                }
                if (head.sequence() == stream) {
                    events.accept(input.read(GoSyntax::facts));
                } else {
                    log.line(input.read(RpcClient::logLine));
                }
            }
        } catch (EOFException e) {
            // the agent has ended
        }
    }

    private static String logLine(MsgPackReader reader) {
        String text = "";
        for (int i = reader.map(); i > 0 && !reader.failed(); i--) {
            if (reader.looseText().equals("Log")) {
                text = reader.looseText();
            } else {
                reader.skip();
            }
        }
        return text;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    private static MsgPackWriter body() {
        return Records.writer();
    }

    private void call(String command, MsgPackWriter request) throws IOException {
        refuse(ask(command, request.toBytes(), false));
    }

    /** Sends a request; returns the error of the answer's header. {@code more}: a body follows, also with an error. */
    private String ask(String command, Bytes request, boolean more) throws IOException {
        send(command, sequence++, request);
        String error = errorOf(input);
        if (more && comesAlone(error)) {
            throw new RpcFault(error);
        }
        return error;
    }

    /** Whether an answer with this error has no body, whatever was asked. */
    private static boolean comesAlone(String error) {
        return error.equals("Authentication required") || error.equals("Unsupported command");
    }

    private void send(String command, long number, Bytes request) throws IOException {
        socket.getOutputStream().write(request(command, number, request).array());
    }

    /** The bytes of a request: its header, and its body where it has one. */
    static Bytes request(String command, long sequence, Bytes request) {
        return body().map(2)
                .text("Command")
                .text(command)
                .text("Seq")
                .unsigned(sequence)
                .rawBytes(request)
                .toBytes();
    }

    /** The header of an answer or a record: what was wrong, "" for nothing, and to which request it belongs. */
    private record Head(String error, long sequence) {
        static Head read(MsgPackReader reader) {
            String error = "";
            long sequence = 0;
            for (int i = reader.map(); i > 0 && !reader.failed(); i--) {
                switch (reader.looseText()) {
                    case "Error" -> error = reader.looseText();
                    case "Seq" -> sequence = reader.unsigned(Long.MAX_VALUE);
                    default -> reader.skip();
                }
            }
            return new Head(error, sequence);
        }
    }

    /** Reads the header of an answer; "" when it says that all is well. */
    static String errorOf(RpcInput input) throws IOException {
        return input.read(Head::read).error();
    }

    private <T> List<T> list(String error, String field, Function<MsgPackReader, T> item) throws IOException {
        List<T> all = input.read(reader -> {
            var found = new ArrayList<T>();
            for (int i = reader.map(); i > 0 && !reader.failed(); i--) {
                if (reader.looseText().equals(field)) {
                    for (int j = reader.array(); j > 0 && !reader.failed(); j--) {
                        found.add(item.apply(reader));
                    }
                } else {
                    reader.skip();
                }
            }
            return found;
        });
        refuse(error);
        return all;
    }

    private static void refuse(String error) throws RpcFault {
        if (!error.isEmpty()) {
            throw new RpcFault(error);
        }
    }
}
