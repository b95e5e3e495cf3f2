package muster.agent.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import muster.agent.Agent;
import muster.agent.RunningAgents;
import muster.agent.logging.Log;
import muster.agent.logging.LogLine;
import muster.agent.node.Counters;
import muster.agent.node.NodeUnavailable;
import muster.gossip.Address;
import muster.gossip.Member;
import muster.gossip.Notice;
import muster.gossip.wire.Bytes;
import muster.gossip.wire.MsgPackReader;
import muster.gossip.wire.MsgPackWriter;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RpcServerTest {
    private final RunningAgents agents = new RunningAgents();

    @AfterEach
    void close() {
        agents.close();
    }

    private static RpcClient client(Agent agent) throws IOException {
        return RpcClient.connect(agent.rpcAddress(), "");
    }

    private static Socket socket(Agent agent) throws IOException {
        var socket = new Socket();
        socket.connect(agent.rpcAddress(), 5_000);
        socket.setSoTimeout(20_000);
        return socket;
    }

    private static void stillServes(Agent agent) throws IOException {
        try (RpcClient client = client(agent)) {
            assertThat(client.members()).isNotNull();
        }
    }

    private static Bytes request(String command, long sequence, MsgPackWriter body) {
        return RpcClient.request(command, sequence, body.toBytes());
    }

    @Test
    void our_client_can_do_everything_it_offers() throws Exception {
        Agent agent = agents.start("m1", "-tag", "role=web");
        try (RpcClient client = client(agent)) {
            await().until(() -> client.members().size() == 1);
            assertThat(client.members().getFirst().tags()).containsEntry("role", "web");
            assertThat(client.members("m.*", "alive", new TreeMap<>())).hasSize(1);
            assertThat(client.stats()).containsKeys("agent", "runtime", "serf", "tags", "event_handlers");
            assertThat(client.pools()).isEmpty();
            client.tags(new TreeMap<>(java.util.Map.of("a", "b")), List.of("role"));
            assertThat(agent.node().self().tags()).containsOnlyKeys("a");
            client.event("deploy", Bytes.utf8("now"), false);
            client.forceLeave("nobody", false);
            assertThatThrownBy(() -> client.join(List.of("127.0.0.1:1"), false)).hasMessageContaining("refused");
            client.leave();
        }
        assertThat(agent.exitCode()).isZero();
    }

    @Test
    void the_first_reply_begins_with_the_bytes_of_a_serf_agent() throws Exception {
        Agent agent = agents.start("m1");
        await().until(() -> agent.members().size() == 1);
        try (Socket socket = socket(agent)) {
            socket.getOutputStream()
                    .write(request(
                                    "handshake",
                                    0,
                                    Records.writer().map(1).text("Version").integer(1))
                            .array());
            socket.getOutputStream()
                    .write(request("members", 1, Records.writer()).array());
            // Recorded from Serf 0.9.4: two headers, then one member, keys in this order.
            byte[] expected = Bytes.hex("82a54572726f72a0a353657100" + "82a54572726f72a0a353657101"
                            + "81a74d656d6265727391" + "8ba441646472c4047f000001ab44656c656761746543757205")
                    .array();
            assertThat(socket.getInputStream().readNBytes(expected.length)).isEqualTo(expected);
        }
    }

    @Test
    void nothing_is_answered_before_the_handshake_and_unknown_commands_end_the_connection() throws Exception {
        Agent agent = agents.start("m1");
        try (Socket socket = socket(agent)) {
            socket.getOutputStream()
                    .write(request("members", 7, Records.writer()).array());
            var input = new RpcInput(socket.getInputStream(), 1_024);
            assertThat(RpcClient.errorOf(input)).isEqualTo("Handshake required");
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
        try (Socket socket = socket(agent)) {
            var input = new RpcInput(socket.getInputStream(), 1_024);
            MsgPackWriter version = Records.writer().map(1).text("Version").integer(1);
            socket.getOutputStream().write(request("handshake", 0, version).array());
            assertThat(RpcClient.errorOf(input)).isEmpty();
            socket.getOutputStream().write(request("handshake", 1, version).array());
            assertThat(RpcClient.errorOf(input)).isEqualTo("Handshake already performed");
            MsgPackWriter next = Records.writer().map(1).text("Version").integer(2);
            socket.getOutputStream().write(request("handshake", 2, next).array());
            assertThat(RpcClient.errorOf(input)).isEqualTo("Unsupported IPC version");
            MsgPackWriter stream = Records.writer().map(1).text("Type").text("nonsense");
            socket.getOutputStream().write(request("stream", 3, stream).array());
            assertThat(RpcClient.errorOf(input)).isEqualTo("Invalid event filter");
            MsgPackWriter user = Records.writer().map(1).text("Type").text("user:deploy,member-join");
            socket.getOutputStream().write(request("stream", 4, user).array());
            assertThat(RpcClient.errorOf(input)).isEmpty();
            socket.getOutputStream().write(request("stream", 4, user).array());
            assertThat(RpcClient.errorOf(input)).isEqualTo("Stream with given sequence exists");
            socket.getOutputStream().write(request("dance", 5, Records.writer()).array());
            assertThat(RpcClient.errorOf(input)).isEqualTo("Unsupported command");
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void a_stream_tells_events_as_they_come() throws Exception {
        Agent agent = agents.start("m1");
        try (Socket socket = socket(agent);
                RpcClient other = client(agent)) {
            var input = new RpcInput(socket.getInputStream(), 1 << 16);
            MsgPackWriter version = Records.writer().map(1).text("Version").integer(1);
            socket.getOutputStream().write(request("handshake", 0, version).array());
            assertThat(RpcClient.errorOf(input)).isEmpty();
            MsgPackWriter user = Records.writer().map(1).text("Type").text("user:deploy");
            socket.getOutputStream().write(request("stream", 4, user).array());
            assertThat(RpcClient.errorOf(input)).isEmpty();
            await().untilAsserted(() -> {
                other.event("ignored", Bytes.EMPTY, false);
                other.event("deploy", Bytes.utf8("v2"), false);
            });
            assertThat(RpcClient.errorOf(input)).isEmpty();
            var record = input.read(RpcServerTest::texts);
            assertThat(record)
                    .containsEntry("Event", "user")
                    .containsEntry("Name", "deploy")
                    .containsEntry("Payload", "v2");
        }
    }

    private static RpcInput greeted(Socket socket) throws IOException {
        var input = new RpcInput(socket.getInputStream(), 1 << 16);
        say(socket, "handshake", 0, Records.writer().map(1).text("Version").integer(1));
        assertThat(RpcClient.errorOf(input)).isEmpty();
        return input;
    }

    private static void say(Socket socket, String command, long sequence, MsgPackWriter body) throws IOException {
        socket.getOutputStream().write(request(command, sequence, body).array());
    }

    private static MsgPackWriter answer(long query, String payload) {
        return Records.writer()
                .map(2)
                .text("ID")
                .unsigned(query)
                .text("Payload")
                .bytes(Bytes.utf8(payload));
    }

    private static long id(RpcInput input) throws IOException {
        assertThat(RpcClient.errorOf(input)).isEmpty();
        return input.read(reader -> {
            long id = -1;
            for (int i = reader.map(); i > 0 && !reader.failed(); i--) {
                if (reader.looseText().equals("ID")) {
                    id = reader.unsigned(Long.MAX_VALUE);
                } else {
                    reader.skip();
                }
            }
            return id;
        });
    }

    @Test
    void a_client_of_a_stream_answers_the_queries_that_it_was_shown_once_each() throws Exception {
        Agent agent = agents.start("m1");
        try (Socket socket = socket(agent);
                Socket stranger = socket(agent);
                RpcClient asker = client(agent)) {
            RpcInput input = greeted(socket);
            say(socket, "stream", 4, Records.writer().map(1).text("Type").text("query:load"));
            assertThat(RpcClient.errorOf(input)).isEmpty();
            var answers = new ArrayList<String>();
            var asked = new QueryRequest(
                    "load", Bytes.utf8("?"), List.of(), new TreeMap<>(), false, 0, TimeUnit.SECONDS.toNanos(5));
            Thread asking = Thread.ofVirtual().start(() -> {
                try {
                    asker.query(asked, () -> {}, new RpcClient.AnswerSink() {
                        @Override
                        public void ack(String from) {
                            answers.add("ack of " + from);
                        }

                        @Override
                        public void response(String from, Bytes payload) {
                            answers.add(payload.utf8() + " of " + from);
                        }
                    });
                } catch (IOException e) {
                    answers.add(e.toString());
                }
            });
            long query = id(input);
            RpcInput other = greeted(stranger);
            say(stranger, "respond", 5, answer(query, "intruder"));
            assertThat(RpcClient.errorOf(other)).isEqualTo("No pending queries matching ID");
            say(socket, "respond", 5, answer(query, "x".repeat(1_024)));
            assertThat(RpcClient.errorOf(input)).isEqualTo("response exceeds limit of 1024 bytes");
            say(socket, "respond", 6, answer(query, "42"));
            assertThat(RpcClient.errorOf(input)).isEmpty();
            say(socket, "respond", 7, answer(query, "43"));
            assertThat(RpcClient.errorOf(input)).isEqualTo("response already sent");
            asking.join();
            assertThat(answers).containsExactly("42 of m1");
        }
    }

    @Test
    void a_client_may_not_take_all_queries_of_a_node() throws Exception {
        Agent agent = agents.start("m1");
        try (Socket socket = socket(agent);
                RpcClient other = client(agent)) {
            RpcInput input = greeted(socket);
            var lasting =
                    new QueryRequest("a", Bytes.EMPTY, List.of(), new TreeMap<>(), false, 0, TimeUnit.HOURS.toNanos(1));
            for (int i = 0; i < RpcSession.QUERIES_MAX; i++) {
                say(socket, "query", i, Records.query(Records.writer(), lasting));
                assertThat(RpcClient.errorOf(input)).isEmpty();
            }
            say(socket, "query", 99, Records.query(Records.writer(), lasting));
            assertThat(RpcClient.errorOf(input)).isEqualTo("Too many queries");
            assertThat(other.stats().get("counters")).containsEntry("rpc-queries-refused", "1");
        }
    }

    @Test
    void the_queries_of_a_client_end_with_it() throws Exception {
        Agent agent = agents.start("m1");
        var lasting =
                new QueryRequest("a", Bytes.EMPTY, List.of(), new TreeMap<>(), false, 0, TimeUnit.HOURS.toNanos(24));
        for (int client = 0; client < 3; client++) { // all that clients may ask at once
            try (Socket socket = socket(agent)) {
                RpcInput input = greeted(socket);
                for (int i = 0; i < RpcSession.QUERIES_MAX; i++) {
                    say(socket, "query", i, Records.query(Records.writer(), lasting));
                    assertThat(RpcClient.errorOf(input)).isEmpty();
                }
            }
        }
        await().untilAsserted(() -> {
            try (Socket socket = socket(agent)) {
                RpcInput input = greeted(socket);
                say(socket, "query", 1, Records.query(Records.writer(), lasting));
                assertThat(RpcClient.errorOf(input)).isEmpty();
            }
        });
    }

    @Test
    void an_answer_that_ends_the_connection_arrives_whatever_else_was_sent() throws Exception {
        Agent agent = agents.start("m1");
        try (Socket socket = socket(agent)) {
            RpcInput input = greeted(socket);
            // More than both ends of a connection hold: who does not read it resets it.
            say(socket, "dance", 5, Records.writer().rawBytes(Bytes.of(new byte[16 << 20])));
            assertThat(RpcClient.errorOf(input)).isEqualTo("Unsupported command");
            assertThat(socket.getInputStream().read()).as("an end, no reset").isEqualTo(-1);
        }
    }

    private static TreeMap<String, String> texts(MsgPackReader reader) {
        var map = new TreeMap<String, String>();
        for (int i = reader.map(); i > 0 && !reader.failed(); i--) {
            String key = reader.looseText();
            switch (reader.next()) {
                case TEXT -> map.put(key, reader.looseText());
                case BINARY -> map.put(key, reader.bytes().utf8());
                default -> reader.skip();
            }
        }
        return map;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "c1", // never used in MessagePack
                "dfffffffff", // a map of four billion entries
                "81a7436f6d6d616e64dbffffffff", // a text of four gigabytes
                "474554202f20485454502f312e310d0a0d0a", // GET / HTTP/1.1
                "82a7436f6d6d616e64c0a3536571d3ffffffffffffffff", // a negative number
                "9191919191919191919191919191919191919191919191919191919191919191919191919191919191",
                "00",
                "a0",
                "90",
                "ff"
            })
    void bytes_that_are_no_request_end_the_connection_and_harm_nobody(String hex) throws Exception {
        Agent agent = agents.start("m1");
        try (Socket socket = socket(agent)) {
            socket.getOutputStream().write(Bytes.hex(hex).array());
            socket.shutdownOutput();
            socket.getInputStream().readAllBytes();
        }
        stillServes(agent);
    }

    @Test
    void random_bytes_after_a_handshake_harm_nobody() throws Exception {
        long seed = new Random().nextLong();
        System.out.println("seed " + seed);
        var random = new Random(seed);
        Agent agent = agents.start("m1");
        byte[] hello = request(
                        "handshake", 0, Records.writer().map(1).text("Version").integer(1))
                .array();
        for (int i = 0; i < 200; i++) {
            try (Socket socket = socket(agent)) {
                socket.getOutputStream().write(hello);
                var noise = new byte[random.nextInt(1, 200)];
                random.nextBytes(noise);
                socket.getOutputStream().write(noise);
                socket.shutdownOutput();
                socket.getInputStream().readAllBytes();
            } catch (IOException e) {
                // A reset is an answer too.
            }
        }
        stillServes(agent);
    }

    @Test
    void a_request_that_is_too_long_ends_the_connection() throws Exception {
        Agent agent = agents.start("m1");
        try (Socket socket = socket(agent)) {
            var out = socket.getOutputStream();
            out.write(request(
                            "handshake",
                            0,
                            Records.writer().map(1).text("Version").integer(1))
                    .array());
            var body = Records.writer().map(1).text("Name").text("x".repeat(1 << 17));
            out.write(request("event", 1, body).array());
            socket.getInputStream().readAllBytes();
        } catch (IOException e) {
            // The server may close while we still send.
        }
        stillServes(agent);
    }

    @Test
    void a_client_that_never_reads_stops_only_itself() throws Exception {
        Agent agent = agents.start("m1", "-tag", "fat=" + "x".repeat(400));
        try (Socket greedy = socket(agent)) {
            greedy.setSendBufferSize(4_096);
            var requests = Records.writer();
            requests.rawBytes(request(
                    "handshake", 0, Records.writer().map(1).text("Version").integer(1)));
            for (int i = 1; i < 50_000; i++) {
                requests.rawBytes(request("members", i, Records.writer()));
            }
            byte[] all = requests.toBytes().array();
            Thread.ofVirtual().start(() -> {
                try {
                    greedy.getOutputStream().write(all);
                } catch (IOException e) {
                    // closed at the end of the test, or by the server
                }
            });
            TimeUnit.MILLISECONDS.sleep(300); // long enough to fill what can be filled
            stillServes(agent);
        }
    }

    /** A server of its own, without an agent around it. */
    private static RpcServer server(Controls controls, Counters counters) throws Exception {
        return RpcServer.start(new InetSocketAddress("127.0.0.1", 0), "", false, controls, counters, _ -> {});
    }

    @Test
    void who_reads_that_its_stream_is_begun_hears_all_that_happens_from_then_on() throws Exception {
        var listening = new CountDownLatch(1);
        var controls = new FewControls() {
            @Override
            public void listen(Consumer<Notice> listener) {
                LockSupport.parkNanos(300_000_000); // the node's thread is busy
                listener.accept(new Notice.UserEventSeen(1, "early", Bytes.EMPTY, false));
                listening.countDown();
            }
        };
        try (RpcServer server = server(controls, new Counters());
                var socket = new Socket()) {
            socket.connect(server.address());
            socket.setSoTimeout(20_000);
            RpcInput input = greeted(socket);
            say(socket, "stream", 5, Records.writer().map(1).text("Type").text("user"));
            assertThat(RpcClient.errorOf(input)).isEmpty();
            assertThat(listening.getCount()).isZero();
            assertThat(RpcClient.errorOf(input)).isEmpty();
            assertThat(input.read(RpcServerTest::texts)).containsEntry("Name", "early");
        }
    }

    private static Member member() {
        return new Member(
                "m".repeat(100),
                new Address(Bytes.of(new byte[] {10, 0, 0, 1}), 7946),
                new TreeMap<>(Map.of("fat", "x".repeat(500))),
                Member.Status.ALIVE,
                false,
                1,
                1,
                Bytes.EMPTY);
    }

    @Test
    void long_answers_that_nobody_reads_take_no_memory() throws Exception {
        Member one = member();
        int members = 20_000; // more bytes than the sockets of a connection hold
        var encoded = new AtomicInteger();
        List<Member> all = new AbstractList<>() {
            @Override
            public Member get(int index) {
                encoded.incrementAndGet();
                return one;
            }

            @Override
            public int size() {
                return members;
            }
        };
        var controls = new FewControls() {
            @Override
            public List<Member> members() {
                return all;
            }
        };
        int clients = 8;
        var sockets = new ArrayList<Socket>();
        try (RpcServer server = server(controls, new Counters())) {
            try {
                for (int i = 0; i < clients; i++) {
                    var socket = new Socket();
                    sockets.add(socket);
                    socket.setReceiveBufferSize(4_096);
                    socket.connect(server.address());
                    greeted(socket);
                    for (int j = 0; j < 5; j++) {
                        say(socket, "members", j, Records.writer());
                    }
                }
                var before = new AtomicInteger(-1);
                await().pollInterval(Duration.ofSeconds(1))
                        .atMost(Duration.ofSeconds(60))
                        .until(() -> before.getAndSet(encoded.get()) == encoded.get());
                assertThat(encoded.get()).isPositive().isLessThan(clients * members);
                try (RpcClient client = RpcClient.connect(server.address(), "")) {
                    assertThat(client.members()).hasSize(members);
                }
            } finally {
                for (Socket socket : sockets) {
                    socket.close();
                }
            }
        }
    }

    @Test
    void more_clients_than_the_limit_are_turned_away_and_counted() throws Exception {
        Agent agent = agents.start("m1");
        var sockets = new ArrayList<Socket>();
        try {
            for (int i = 0; i < RpcServer.CLIENTS_MAX; i++) {
                Socket socket = socket(agent);
                sockets.add(socket);
                greeted(socket); // or the first are still strangers when the last come, and make way for them
            }
            for (int i = 0; i < 5; i++) {
                Socket socket = socket(agent);
                sockets.add(socket);
                say(
                        socket,
                        "handshake",
                        0,
                        Records.writer().map(1).text("Version").integer(1));
            }
            await().until(() -> agent.counters().snapshot().getOrDefault("rpc-clients-refused", 0L) >= 5);
        } finally {
            for (Socket socket : sockets) {
                socket.close();
            }
        }
        await().untilAsserted(() -> stillServes(agent));
    }

    @Test
    void who_finds_all_places_taken_is_told_so() throws Exception {
        Agent agent = agents.start("m1");
        var busy = new ArrayList<Socket>();
        try {
            for (int i = 0; i < RpcServer.CLIENTS_MAX; i++) {
                Socket socket = socket(agent);
                busy.add(socket);
                RpcInput input = greeted(socket);
                say(socket, "stream", 1, Records.writer().map(1).text("Type").text("*"));
                assertThat(RpcClient.errorOf(input)).isEmpty();
            }
            var logged = new CopyOnWriteArrayList<String>();
            Consumer<LogLine> follower = line -> logged.add(line.text());
            Log.follow(follower);
            try {
                assertThatThrownBy(() -> client(agent))
                        .isInstanceOf(RpcFault.class)
                        .hasMessage("Too many clients: 64 are connected and at work; try again later");
            } finally {
                Log.unfollow(follower);
            }
            assertThat(logged)
                    .anySatisfy(line -> assertThat(line)
                            .contains("[WARN] agent.ipc: Too many clients: 64 are connected and at work; refused ")
                            .contains("127.0.0.1"));
        } finally {
            for (Socket socket : busy) {
                socket.close();
            }
        }
    }

    @Test
    void clients_that_rest_make_way_for_others_and_those_with_a_stream_do_not() throws Exception {
        Agent agent = agents.start("m1");
        var resting = new ArrayList<RpcClient>();
        try (Socket listening = socket(agent)) {
            RpcInput heard = greeted(listening);
            say(listening, "stream", 1, Records.writer().map(1).text("Type").text("user:deploy"));
            assertThat(RpcClient.errorOf(heard)).isEmpty();
            for (int i = 1; i < RpcServer.CLIENTS_MAX; i++) {
                resting.add(client(agent));
            }
            await().atMost(Duration.ofSeconds(30)).ignoreExceptions().untilAsserted(() -> stillServes(agent));
            assertThat(agent.counters().snapshot()).containsKey("rpc-clients-resting-closed");
            agent.sendEvent("deploy", Bytes.EMPTY, false);
            assertThat(RpcClient.errorOf(heard)).isEmpty();
            assertThat(resting.stream().filter(RpcServerTest::isServed))
                    .as("one of %s made way", resting.size())
                    .hasSize(resting.size() - 1);
        } finally {
            for (RpcClient client : resting) {
                client.close();
            }
        }
    }

    private static boolean isServed(RpcClient client) {
        try {
            client.members();
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void strangers_take_no_place_from_who_has_shown_the_key_and_keep_nobody_out_who_has_it() throws Exception {
        Agent agent = agents.start("m1", "-rpc-auth", "key");
        var strangers = new ArrayList<Socket>();
        try (RpcClient resting = RpcClient.connect(agent.rpcAddress(), "key")) {
            await().pollDelay(RpcServer.RESTING_AFTER.plusMillis(100))
                    .atMost(RpcServer.RESTING_AFTER.plusSeconds(10))
                    .until(() -> true);
            for (int i = 0; i < RpcServer.CLIENTS_MAX + RpcServer.STRANGERS_MAX; i++) {
                Socket socket = socket(agent);
                strangers.add(socket);
                say(
                        socket,
                        "handshake",
                        0,
                        Records.writer().map(1).text("Version").integer(1));
            }
            await().until(() ->
                    agent.counters().snapshot().getOrDefault("rpc-strangers-closed", 0L) >= RpcServer.CLIENTS_MAX);
            assertThat(resting.members()).hasSize(1);
            try (RpcClient next = RpcClient.connect(agent.rpcAddress(), "key")) {
                assertThat(next.members()).hasSize(1);
            }
            assertThat(agent.counters().snapshot())
                    .doesNotContainKeys("rpc-clients-resting-closed", "rpc-clients-refused");
        } finally {
            for (Socket socket : strangers) {
                socket.close();
            }
        }
    }

    @Test
    void who_is_still_reading_a_long_answer_does_not_rest() throws Exception {
        List<Member> many = Collections.nCopies(20_000, member()); // more bytes than the sockets of a connection hold
        var controls = new FewControls() {
            @Override
            public List<Member> members() {
                return many;
            }
        };
        var resting = new ArrayList<RpcClient>();
        var counters = new Counters();
        try (RpcServer server = server(controls, counters);
                var reading = new Socket()) {
            reading.setReceiveBufferSize(4_096);
            reading.connect(server.address());
            reading.setSoTimeout(20_000);
            RpcInput input = greeted(reading);
            say(reading, "members", 1, Records.writer());
            assertThat(RpcClient.errorOf(input)).isEmpty(); // before the others
            for (int i = 1; i < RpcServer.CLIENTS_MAX; i++) {
                resting.add(RpcClient.connect(server.address(), ""));
            }
            await().atMost(Duration.ofSeconds(30))
                    .ignoreExceptions()
                    .untilAsserted(() -> RpcClient.connect(server.address(), "").close());
            assertThat(counters.snapshot()).containsEntry("rpc-clients-resting-closed", 1L);

            reading.getInputStream().skipNBytes(many.size() * 600L); // throws where less comes
        } finally {
            for (RpcClient client : resting) {
                client.close();
            }
        }
    }

    @Test
    void a_query_to_a_node_that_does_not_answer_is_ended() throws Exception {
        var asked = new CopyOnWriteArrayList<Consumer<Notice>>();
        var ended = new CopyOnWriteArrayList<Consumer<Notice>>();
        var controls = new FewControls() {
            @Override
            public String query(QueryRequest query, Consumer<Notice> asker) {
                asked.add(asker);
                throw new NodeUnavailable("the node does not answer");
            }

            @Override
            public void endQuery(Consumer<Notice> asker) {
                ended.add(asker);
            }
        };
        try (RpcServer server = server(controls, new Counters());
                var socket = new Socket()) {
            socket.connect(server.address());
            socket.setSoTimeout(20_000);
            RpcInput input = greeted(socket);
            say(socket, "query", 1, Records.writer().map(1).text("Name").text("load"));
            assertThat(RpcClient.errorOf(input)).isEqualTo("the node does not answer");
            assertThat(ended).hasSize(1).isEqualTo(asked);
        }
    }

    @Test
    void a_client_without_the_key_does_not_keep_its_place_by_talk() throws Exception {
        Agent agent = agents.start("m1", "-rpc-auth", "key");
        try (Socket socket = socket(agent)) {
            var input = greeted(socket);
            long begunNanos = System.nanoTime();
            assertThatThrownBy(() -> {
                        for (int i = 1; System.nanoTime() - begunNanos < TimeUnit.SECONDS.toNanos(40); i++) {
                            say(
                                    socket,
                                    "auth",
                                    i,
                                    Records.writer().map(1).text("AuthKey").text("guess"));
                            assertThat(RpcClient.errorOf(input)).isEqualTo("Invalid authentication token");
                            TimeUnit.MILLISECONDS.sleep(500); // less than a request may take
                        }
                    })
                    .isInstanceOf(IOException.class);
        }
        assertThat(agent.counters().snapshot()).containsEntry("rpc-requests-timed-out", 1L);
    }

    @Test
    void between_the_leave_and_the_end_each_request_has_an_answer_that_says_so() throws Exception {
        Agent agent = agents.start("m1");
        try (RpcClient client = client(agent)) {
            assertThat(agent.leaveInTime()).isTrue();
            await().until(() -> agent.node().awaitEnd(0));
            String said = "the node has left the cluster, and this agent ends";
            assertThat(client.members()).hasSize(1);
            assertThatThrownBy(() -> client.join(List.of("127.0.0.1:1"), false))
                    .isInstanceOf(RpcFault.class)
                    .hasMessage("Serf can't Join after Leave or Shutdown"); // as Serf
            List<ThrowingCallable> requests = List.of(
                    () -> client.event("deploy", Bytes.EMPTY, false),
                    () -> client.forceLeave("nobody", false),
                    () -> client.tags(new TreeMap<>(Map.of("a", "b")), List.of()),
                    client::stats,
                    () -> client.coordinate("m1"));
            for (ThrowingCallable request : requests) {
                assertThatThrownBy(request).isInstanceOf(RpcFault.class).hasMessage(said);
            }
            assertThat(client.listKeys().error()).isEqualTo(said);
            client.leave();
        }
        assertThat(agent.exitCode()).isZero();
        assertThat(agent.counters().snapshot()).doesNotContainKey("faults");
    }

    @Test
    void a_client_without_the_key_does_not_keep_its_place_by_silence() throws Exception {
        Agent agent = agents.start("m1", "-rpc-auth", "key");
        try (Socket socket = socket(agent)) {
            socket.getOutputStream()
                    .write(request(
                                    "handshake",
                                    1,
                                    Records.writer().map(1).text("Version").integer(1))
                            .array());
            assertThat(RpcClient.errorOf(new RpcInput(socket.getInputStream(), 1_024)))
                    .isEmpty();
            assertThat(socket.getInputStream().read()).isEqualTo(-1); // within the 20 s of this socket
        }
    }

    @Test
    void a_message_that_comes_byte_by_byte_has_one_limit_for_the_whole() {
        InputStream drops = new InputStream() {
            @Override
            public int read() {
                return 0;
            }

            @Override
            public int read(byte[] into, int from, int length) {
                LockSupport.parkNanos(10_000_000);
                into[from] = (byte) (from == 0 ? 0xda : 0x7f); // a text that announces 32,639 bytes
                return 1;
            }
        };
        var input = new RpcInput(drops, 1 << 20, Duration.ofMillis(200));
        assertThatThrownBy(() -> input.read(MsgPackReader::looseText)).isInstanceOf(SocketTimeoutException.class);
    }

    @Test
    void an_open_address_without_a_key_is_refused_unless_it_is_wanted() throws Exception {
        assertThatThrownBy(() -> agents.start("m1", "-rpc-addr", "0.0.0.0:0"))
                .hasMessageContaining("-rpc-auth KEY")
                .hasMessageContaining("-rpc-open");
        agents.start("m1", "-rpc-addr", "0.0.0.0:0", "-rpc-open");
        agents.start("m2", "-rpc-addr", "0.0.0.0:0", "-rpc-auth", "key");
    }
}
