package muster.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.epoll.Epoll;
import io.netty.channel.uring.IoUring;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Clients and backends that do not read harm themselves: the memory that the others need is not theirs to fill. */
class SlowPeersTest {
    private static final int DIRECT_MEGABYTES = 24;

    /** What the kernel may hold of what a slow peer has not read. */
    private static final int KERNEL_BYTES = 32 << 10;

    /** More than the kernel holds of what the proxy sends on one connection, which is up to 4 MiB, and the proxy besides. */
    private static final int LONG_BYTES = 5 << 20;

    /** With 256 KiB for each, as when there is enough, it would be more than all of the memory. */
    private static final int SLOW = 104;

    /** Every so manieth of the slow ones goes on in the end. */
    private static final int GOES_ON = 8;

    /** Each transfer is of another part of these, so that no bytes pass for others. */
    private static final byte[] CONTENT = content();

    private static byte[] content() {
        byte[] bytes = new byte[LONG_BYTES + SLOW];
        new Random(42).nextBytes(bytes);
        return bytes;
    }

    private final List<RawClient> clients = new ArrayList<>();

    @AfterEach
    void close() {
        clients.forEach(RawClient::close);
    }

    static Stream<Transport> transports() {
        return Stream.of(
                        Epoll.isAvailable() ? Transport.EPOLL : Transport.NIO,
                        IoUring.isAvailable() ? Transport.IO_URING : Transport.NIO)
                .distinct();
    }

    private RawClient slowClient(SmallProxy proxy) throws IOException {
        RawClient client = client(proxy);
        client.socket.setReceiveBufferSize(KERNEL_BYTES);
        return client;
    }

    private RawClient client(SmallProxy proxy) {
        var client = new RawClient(proxy.port());
        clients.add(client);
        return client;
    }

    private static String get(int from, int bytes) {
        return "GET /" + from + "/" + bytes + " HTTP/1.1\r\nHost: x\r\n\r\n";
    }

    /** Answers with the part of the content that the path names. */
    private static void answer(ScriptedBackend.Connection connection, String head) throws IOException {
        int from = number(head, 1);
        int bytes = number(head, 2);
        connection.write("HTTP/1.1 200 OK\r\nContent-Length: " + bytes + "\r\n\r\n");
        connection.write(Arrays.copyOfRange(CONTENT, from, from + bytes));
    }

    private static int number(String head, int part) {
        return Integer.parseInt(head.split(" ")[1].split("/")[part]);
    }

    private static void assertAnswered(RawClient client, int from, int bytes) {
        RawClient.Response response = client.readToHead();
        if (response.status() != 200) {
            // The proxy's own words say why.
            int length = Integer.parseInt(response.head().replaceFirst("(?is).*content-length: (\\d+).*", "$1"));
            throw new AssertionError(response.head() + new String(client.readExactly(length)));
        }
        assertContent(client.readExactly(bytes), from, bytes);
    }

    private static void assertContent(byte[] got, int from, int bytes) {
        assertThat(Arrays.equals(got, 0, got.length, CONTENT, from, from + bytes))
                .as("%s bytes as they were sent, got %s", bytes, got.length)
                .isTrue();
    }

    /** Short and long answers, one after the other. */
    private static void assertServed(RawClient client) {
        for (int i = 1; i < 40; i++) {
            int bytes = 5 * i * i * i;
            client.send(get(i, bytes));
            assertAnswered(client, i, bytes);
        }
    }

    @ParameterizedTest
    @MethodSource("transports")
    void clients_that_do_not_read_leave_room_for_those_that_do(Transport transport) throws Exception {
        try (var backend = new ScriptedBackend(SlowPeersTest::answerAll);
                var proxy = new SmallProxy(transport, DIRECT_MEGABYTES, backend.port())) {
            var good = client(proxy);
            var slow = new ArrayList<RawClient>();
            for (int i = 0; i < SLOW; i++) {
                slow.add(slowClient(proxy).send(get(i, LONG_BYTES)));
                if (i % 20 == 0) assertServed(good);
            }
            Stage.await("little is left", () -> proxy.count(Counter.WAITS_FOR_MEMORY) > 0);
            Stage.awaitStill(() -> proxy.count(Counter.BYTES_TO_CLIENTS));
            assertServed(good);
            assertServed(client(proxy));
            for (int i = 0; i < SLOW; i += GOES_ON) assertAnswered(slow.get(i), i, LONG_BYTES);
            assertServed(good);
            assertThat(proxy.count(Counter.ENDED_FOR_MEMORY)).isZero();
        }
    }

    private static void answerAll(ScriptedBackend.Connection connection) throws IOException {
        for (String head = connection.readHead(); head != null; head = connection.readHead()) answer(connection, head);
    }

    @ParameterizedTest
    @MethodSource("transports")
    void backends_that_do_not_read_leave_room_for_those_that_do(Transport transport) throws Exception {
        var go = new CountDownLatch(1);
        try (var backend = new ScriptedBackend(connection -> {
                    connection.socket.setReceiveBufferSize(KERNEL_BYTES);
                    for (String head = connection.readHead(); head != null; head = connection.readHead()) {
                        if (head.startsWith("GET ")) {
                            answer(connection, head);
                            continue;
                        }
                        go.await();
                        byte[] body = connection.readExactly(LONG_BYTES);
                        if (body.length < LONG_BYTES) return; // Its client has gone.
                        assertContent(body, number(head, 1), LONG_BYTES);
                        connection.respond(200, "whole");
                    }
                });
                var proxy = new SmallProxy(transport, DIRECT_MEGABYTES, backend.port())) {
            var good = client(proxy);
            var slow = new ArrayList<RawClient>();
            for (int i = 0; i < SLOW; i++) {
                var client = client(proxy);
                slow.add(client);
                int from = i;
                Thread.ofVirtual().start(() -> post(client, from));
                if (i % 20 == 0) assertServed(good);
            }
            Stage.await("little is left", () -> proxy.count(Counter.WAITS_FOR_MEMORY) > 0);
            Stage.awaitStill(() -> proxy.count(Counter.BYTES_FROM_CLIENTS));
            assertServed(good);
            for (int i = 0; i < SLOW; i++) {
                if (i % GOES_ON != 0) slow.get(i).close();
            }
            go.countDown();
            for (int i = 0; i < SLOW; i += GOES_ON) {
                slow.get(i).socket.setSoTimeout(60_000);
                assertThat(slow.get(i).read().body()).isEqualTo("whole");
            }
            assertServed(good);
            assertThat(proxy.count(Counter.ENDED_FOR_MEMORY)).isZero();
        }
    }

    private static void post(RawClient client, int from) {
        try {
            var output = client.socket.getOutputStream();
            output.write(("POST /" + from + " HTTP/1.1\r\nHost: x\r\nContent-Length: " + LONG_BYTES + "\r\n\r\n")
                    .getBytes());
            output.write(CONTENT, from, LONG_BYTES);
        } catch (IOException _) {
            // The test has closed it.
        }
    }

    @ParameterizedTest
    @MethodSource("transports")
    void long_heads_that_never_end_are_refused_before_they_take_all(Transport transport) {
        try (var backend = new ScriptedBackend(SlowPeersTest::answerAll);
                var proxy = new SmallProxy(transport, DIRECT_MEGABYTES, backend.port())) {
            var good = client(proxy);
            String halfHead = "GET / HTTP/1.1\r\nHost: x\r\n" + ("A: " + "b".repeat(5_000) + "\r\n").repeat(3);
            int before = clients.size();
            while (proxy.count(Counter.REQUESTS_OVER_MEMORY) == 0) client(proxy).send(halfHead);
            assertThat(clients.size() - before).isGreaterThan(200);
            // The loop may have been late, and then it is not the last one.
            Stage.await("refused", () -> clients.stream().anyMatch(RawClient::isAnswered));
            RawClient refused =
                    clients.stream().filter(RawClient::isAnswered).findFirst().orElseThrow();
            assertThat(refused.readToHead().head()).startsWith("HTTP/1.1 503 ");
            assertServed(good);
            assertThat(proxy.count(Counter.ENDED_FOR_MEMORY)).isZero();
        }
    }

    @ParameterizedTest
    @MethodSource("transports")
    void without_any_memory_connections_end_and_the_loop_does_not(Transport transport) {
        var noMemory = new AtomicBoolean(true);
        try (var backend = new ScriptedBackend(connection -> {
                    // So there is something to read even where there was no memory to ask.
                    if (noMemory.get()) connection.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                    answerAll(connection);
                });
                var proxy = new SmallProxy(transport, DIRECT_MEGABYTES, backend.port())) {
            proxy.takeMemory();
            proxy.check();
            for (int i = 0; i < 3; i++) client(proxy).send(get(i, 1_000));
            for (RawClient client : clients)
                assertThat(client.isClosedByProxy()).isTrue();
            assertThat(proxy.count(Counter.ENDED_FOR_MEMORY)).isEqualTo(clients.size());
            Stage.await("checks lack it too", () -> proxy.count(Counter.CHECKS_INCONCLUSIVE) > 2);
            proxy.freeMemory();
            noMemory.set(false);
            assertServed(client(proxy));
            Stage.await("checks pass", () -> proxy.count(Counter.CHECKS_PASSED) > 0);
            assertThat(proxy.count(Counter.CHECKS_FAILED)).isZero();
        }
    }

    @Test
    void a_client_that_there_is_no_memory_to_answer_is_cut() throws InterruptedException {
        var asked = new CountDownLatch(1);
        try (var backend = new ScriptedBackend(connection -> {
                    connection.readHead();
                    asked.countDown();
                    connection.read();
                });
                var proxy = new SmallProxy(Transport.AUTO, DIRECT_MEGABYTES, backend.port(), Duration.ofSeconds(4))) {
            RawClient client = client(proxy).send(get(0, 1));
            asked.await();
            proxy.takeMemory();
            assertThat(client.isClosedByProxy()).isTrue();
            assertThat(proxy.count(Counter.UPSTREAM_RESPONSE_TIMEOUT)).isEqualTo(1);
            assertThat(proxy.count(Counter.ENDED_FOR_MEMORY)).isEqualTo(1);
            assertThat(proxy.count(Counter.FAULTS)).isZero();
        }
    }
}
