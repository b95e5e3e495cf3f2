package muster.supervisor.logs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.MessageFormat;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Logger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import muster.supervisor.Logging;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real files and sockets. */
class SinksTest {
    private static final Instant AT = Instant.parse("2026-02-03T04:05:06.789012Z");
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir
    Path directory;

    private static List<byte[]> lines(String... texts) {
        return List.of(texts).stream()
                .map(text -> text.getBytes(StandardCharsets.UTF_8))
                .toList();
    }

    @Test
    void the_console_has_the_name_and_if_wanted_the_time_before_each_line() {
        var out = new ByteArrayOutputStream();
        new ConsoleSink(out, "web", false).write(AT, lines("one", "two"));
        new ConsoleSink(out, "db", true).write(AT, lines("three"));
        assertThat(out.toString(StandardCharsets.UTF_8))
                .isEqualTo("web: one\nweb: two\n2026-02-03T04:05:06.789012Z db: three\n");
    }

    private FileSink file(Path path, int keep, Duration ageMax) {
        return new FileSink(new Logging.Sink.File(path.toString(), 4_096, keep, ageMax, false));
    }

    @Test
    void after_a_line_that_a_full_disk_cut_off_the_next_one_begins_on_its_own() throws Exception {
        Path path = directory.resolve("log");
        Files.writeString(path, "whole\nhal");
        var sink = new FileSink(new Logging.Sink.File(path.toString(), 1L << 20, 1, Duration.ZERO, false));

        sink.write(AT, lines("next", "last"));

        assertThat(Files.readString(path)).isEqualTo("whole\nhal\nnext\nlast\n");
        sink.close(Duration.ZERO);
    }

    @Test
    void a_full_file_is_moved_aside_and_the_oldest_goes() throws Exception {
        Path path = directory.resolve("sub/web.log");
        FileSink sink = file(path, 2, Duration.ZERO);
        for (int i = 0; i < 20; i++) {
            sink.write(AT, lines(i + "-" + "x".repeat(1_000)));
        }
        sink.close(PATIENCE);
        try (var files = Files.list(path.getParent())) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder("web.log", "web.log.1", "web.log.2");
        }
        assertThat(Files.readString(path.resolveSibling("web.log.2"))).startsWith("8-");
        assertThat(Files.readString(path.resolveSibling("web.log.1"))).startsWith("12-");
        assertThat(Files.readString(path)).startsWith("16-");
        assertThat(Files.size(path)).isLessThanOrEqualTo(4_096);
    }

    @Test
    void services_that_share_a_file_lose_no_line_and_keep_its_limit() throws Exception {
        Path path = directory.resolve("sub/all.log");
        var settings = new Logging.Sink.File(path.toString(), 4_096, 1_000, Duration.ZERO, false);
        var other = new Logging.Sink.File(directory + "/./sub/all.log", 4_096, 1_000, Duration.ZERO, false);
        var sinks = List.of(SharedFile.of(settings), SharedFile.of(settings), SharedFile.of(other));
        var writers = new ArrayList<Thread>();
        for (int service = 0; service < sinks.size(); service++) {
            SharedFile sink = sinks.get(service);
            String name = "service " + service + " line ";
            writers.add(Thread.ofPlatform().start(() -> {
                for (int line = 0; line < 2_000; line++) {
                    sink.write(AT, lines(name + line));
                }
                sink.close(PATIENCE);
            }));
        }
        for (Thread writer : writers) {
            writer.join();
        }

        var found = new ArrayList<String>();
        try (Stream<Path> files = Files.list(path.getParent())) {
            for (Path file : files.toList()) {
                assertThat(Files.size(file)).isLessThanOrEqualTo(4_096);
                found.addAll(Files.readAllLines(file));
            }
        }
        assertThat(found).hasSize(6_000).doesNotHaveDuplicates();
        assertThat(sinks).allMatch(sink -> sink.lost() == 0);
    }

    @Test
    void an_old_file_is_moved_aside_when_the_next_line_comes() throws Exception {
        Path path = directory.resolve("web.log");
        FileSink sink = file(path, 1, Duration.ofHours(1));
        Instant now = Instant.now();
        sink.write(now, lines("old"));
        sink.write(now.plusSeconds(3_599), lines("same"));
        sink.write(now.plusSeconds(3_700), lines("new"));
        sink.close(PATIENCE);
        assertThat(Files.readString(directory.resolve("web.log.1"))).isEqualTo("old\nsame\n");
        assertThat(Files.readString(path)).isEqualTo("new\n");
    }

    @Test
    void a_file_goes_on_where_it_was_after_a_restart() throws Exception {
        Path path = directory.resolve("web.log");
        for (String text : List.of("one", "two")) {
            FileSink sink = file(path, 0, Duration.ZERO);
            sink.write(AT, lines(text));
            sink.close(PATIENCE);
        }
        assertThat(Files.readString(path)).isEqualTo("one\ntwo\n");
    }

    @Test
    void lines_that_cannot_be_written_are_counted_and_their_place_is_marked() throws Exception {
        Path path = directory.resolve("gone/web.log");
        Files.writeString(directory.resolve("gone"), "a file where a directory should be");
        FileSink sink = file(path, 0, Duration.ZERO);
        sink.write(AT, lines("one", "two"));
        assertThat(sink.lost()).isEqualTo(2);
        Files.delete(directory.resolve("gone"));
        sink.write(AT.plusMillis(10), lines("too soon"));
        sink.write(AT.plusSeconds(2), lines("four"));
        sink.close(PATIENCE);
        assertThat(sink.lost()).isEqualTo(3);
        assertThat(Files.readString(path)).isEqualTo("muster: 3 lines were lost here\nfour\n");
    }

    @Test
    void syslog_over_udp_is_one_datagram_for_each_line_and_several_for_a_long_one() throws Exception {
        try (var socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            socket.setSoTimeout((int) PATIENCE.toMillis());
            var sink = new SyslogSink(
                    "web app",
                    new Logging.Sink.Syslog(new Logging.Transport.Udp("127.0.0.1", socket.getLocalPort()), 16));
            sink.write(AT, lines("hello", "x".repeat(2_000)));
            assertThat(datagram(socket)).matches("<134>1 2026-02-03T04:05:06\\.789012Z [!-~]+ web_app - - - hello");
            assertThat(datagram(socket)).endsWith("- " + "x".repeat(1_700));
            assertThat(datagram(socket)).endsWith("- " + "x".repeat(300));
            sink.close(PATIENCE);
        }
    }

    @Test
    void syslog_splits_a_long_line_between_characters() throws Exception {
        try (var socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            socket.setSoTimeout((int) PATIENCE.toMillis());
            var sink = new SyslogSink(
                    "web", new Logging.Sink.Syslog(new Logging.Transport.Udp("127.0.0.1", socket.getLocalPort()), 16));
            sink.write(AT, lines("x".repeat(1_699) + "ü", "x".repeat(1_698) + "𝄞ü", "x".repeat(1_698) + "üü"));
            assertThat(datagram(socket)).endsWith("- " + "x".repeat(1_699));
            assertThat(datagram(socket)).endsWith("- ü");
            assertThat(datagram(socket)).endsWith("- " + "x".repeat(1_698));
            assertThat(datagram(socket)).endsWith("- 𝄞ü");
            assertThat(datagram(socket)).endsWith("- " + "x".repeat(1_698) + "ü");
            assertThat(datagram(socket)).endsWith("- ü");
            sink.close(PATIENCE);
        }
    }

    @Test
    void syslog_over_udp_follows_a_receiver_that_has_moved() throws Exception {
        try (var first = new DatagramSocket(0, InetAddress.getLoopbackAddress());
                var second = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            first.setSoTimeout((int) PATIENCE.toMillis());
            second.setSoTimeout((int) PATIENCE.toMillis());
            var where = new AtomicReference<>((InetSocketAddress) first.getLocalSocketAddress());
            try (var link = new UdpSender(where::get, Duration.ZERO)) {
                link.send("one".getBytes(StandardCharsets.UTF_8));
                assertThat(datagram(first)).isEqualTo("one");
                where.set((InetSocketAddress) second.getLocalSocketAddress());
                link.send("two".getBytes(StandardCharsets.UTF_8));
                assertThat(datagram(second)).isEqualTo("two");
            }
        }
    }

    @Test
    void syslog_over_udp_hears_that_nobody_is_there() throws Exception {
        InetSocketAddress nobody;
        try (var gone = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            nobody = (InetSocketAddress) gone.getLocalSocketAddress();
        }
        try (var link = new UdpSender(() -> nobody, Duration.ofHours(1))) {
            assertThatThrownBy(() -> {
                        for (int i = 0; i < 1_000; i++) {
                            link.send("lost".getBytes(StandardCharsets.UTF_8));
                        }
                    })
                    .isInstanceOf(PortUnreachableException.class);
        }
    }

    @Test
    void a_receiver_that_is_not_there_is_named_as_people_write_it_and_said_in_words() throws Exception {
        int port;
        try (var gone = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            port = gone.getLocalPort();
        }
        var logged = new LinkedBlockingQueue<String>();
        Logger logger = Logger.getLogger(SyslogSink.class.getName());
        logger.setFilter(record -> {
            logged.add(MessageFormat.format(record.getMessage(), record.getParameters()));
            return false;
        });
        var sink = new SyslogSink("web", new Logging.Sink.Syslog(new Logging.Transport.Udp("127.0.0.1", port), 3));
        try {
            String said = null;
            for (int i = 0; said == null && i < 1_000; i++) {
                sink.write(AT, lines("lost")); // the kernel tells of one at the next
                said = logged.poll(20, TimeUnit.MILLISECONDS);
            }
            assertThat(said)
                    .isEqualTo("syslog receiver udp://127.0.0.1:" + port
                            + " cannot be reached, lines are kept as long as there is room: nobody listens there");
        } finally {
            sink.close(PATIENCE);
            logger.setFilter(null);
        }
        assertThat(new Logging.Transport.Tcp("::1", 514)).hasToString("tcp://[::1]:514");
        assertThat(new Logging.Transport.Unix("/dev/log")).hasToString("unix:/dev/log");
    }

    private static String datagram(DatagramSocket socket) throws IOException {
        var packet = new DatagramPacket(new byte[4_096], 4_096);
        socket.receive(packet);
        return new String(packet.getData(), 0, packet.getLength(), StandardCharsets.UTF_8);
    }

    @Test
    void syslog_over_tcp_counts_octets_and_survives_a_restart_of_the_receiver() throws Exception {
        int port;
        SyslogSink sink;
        try (var server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            port = server.getLocalPort();
            sink = new SyslogSink("web", new Logging.Sink.Syslog(new Logging.Transport.Tcp("127.0.0.1", port), 3));
            sink.write(AT, lines("one ü"));
            try (Socket client = server.accept()) {
                assertThat(frame(new DataInputStream(client.getInputStream()))).endsWith(" web - - - one ü");
            }
        }
        sink.write(AT, lines("two"));
        try (var server = new ServerSocket()) {
            server.setReuseAddress(true);
            server.bind(new java.net.InetSocketAddress("127.0.0.1", port));
            server.setSoTimeout((int) PATIENCE.toMillis());
            try (Socket client = server.accept()) {
                var in = new DataInputStream(client.getInputStream());
                assertThat(frame(in)).startsWith("<30>1 ").endsWith("two");
                sink.write(AT, lines("three"));
                assertThat(frame(in)).endsWith("three");
            }
        }
        sink.close(PATIENCE);
        assertThat(sink.lost()).isZero();
    }

    @Test
    void the_last_lines_before_the_end_reach_a_receiver_that_has_come_back_unnoticed() throws Exception {
        try (var server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            server.setSoTimeout((int) PATIENCE.toMillis());
            var transport = new Logging.Transport.Tcp("127.0.0.1", server.getLocalPort());
            var sink = new SyslogSink("web", new Logging.Sink.Syslog(transport, 3));
            sink.write(AT, lines("one"));
            try (Socket client = server.accept()) {
                assertThat(frame(new DataInputStream(client.getInputStream()))).endsWith("one");
            }
            sink.write(AT, lines("two", "three"));
            sink.close(PATIENCE);
            try (Socket client = server.accept()) {
                var in = new DataInputStream(client.getInputStream());
                assertThat(frame(in)).endsWith("two");
                assertThat(frame(in)).endsWith("three");
            }
        }
    }

    private static String frame(DataInputStream in) throws IOException {
        int length = 0;
        for (int next = in.read(); next != ' '; next = in.read()) {
            assertThat(next).isBetween((int) '0', (int) '9');
            length = 10 * length + next - '0';
        }
        return new String(in.readNBytes(length), StandardCharsets.UTF_8);
    }

    @Test
    void syslog_over_a_local_socket_takes_the_type_that_is_there() throws Exception {
        Path stream = directory.resolve("stream");
        try (var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(stream));
            var sink = new SyslogSink("web", new Logging.Sink.Syslog(new Logging.Transport.Unix(stream.toString()), 3));
            sink.write(AT, lines("hello"));
            try (var client = server.accept()) {
                assertThat(frame(new DataInputStream(Channels.newInputStream(client))))
                        .endsWith("hello");
            }
            sink.close(PATIENCE);
        }
    }

    @Test
    void lines_for_a_receiver_that_is_away_are_kept_up_to_a_limit_then_counted_and_it_is_told() throws Exception {
        int port;
        try (var server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            port = server.getLocalPort();
        }
        var sink = new SyslogSink("web", new Logging.Sink.Syslog(new Logging.Transport.Tcp("127.0.0.1", port), 3));
        int written = 5_000;
        IntStream.range(0, written).forEach(i -> sink.write(AT, lines(i + " " + "x".repeat(400))));
        long lost = sink.lost();
        assertThat(lost).isPositive();
        try (var server = new ServerSocket()) {
            server.setReuseAddress(true);
            server.bind(new java.net.InetSocketAddress("127.0.0.1", port));
            server.setSoTimeout((int) PATIENCE.toMillis());
            try (Socket client = server.accept()) {
                var in = new DataInputStream(client.getInputStream());
                var got = new ArrayList<String>();
                for (long i = 0; i < written - lost + 1; i++) {
                    got.add(frame(in));
                }
                assertThat(got.getLast()).endsWith("- muster: " + lost + " lines were lost here");
            }
        }
        sink.close(PATIENCE);
    }
}
