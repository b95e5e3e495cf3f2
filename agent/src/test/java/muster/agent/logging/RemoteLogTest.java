package muster.agent.logging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import muster.agent.MusterProgram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code -syslog-address}: of a program of its own, because a process has one log. */
class RemoteLogTest {
    /** Less than the JDK would keep an address. */
    private static final int PATIENCE_MILLIS = 25_000;

    @TempDir
    Path folder;

    private static String await(DatagramSocket receiver, String regex) throws Exception {
        var pattern = Pattern.compile(regex);
        var packet = new DatagramPacket(new byte[4_096], 4_096);
        while (true) {
            receiver.receive(packet);
            String text = new String(packet.getData(), 0, packet.getLength(), StandardCharsets.UTF_8);
            if (pattern.matcher(text).find()) {
                return text;
            }
        }
    }

    @Test
    void every_line_of_the_log_arrives_to_the_last_with_its_severity_and_its_time() throws Exception {
        try (var receiver = new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
            receiver.setSoTimeout(PATIENCE_MILLIS);
            var outcome = MusterProgram.run(
                    Map.of("MUSTER_SYSLOG_ADDRESS", "udp://127.0.0.1:" + receiver.getLocalPort()),
                    "run",
                    "-syslog-facility=daemon",
                    "-restart=never",
                    "--",
                    "sh",
                    "-c",
                    "exit 3");

            assertThat(outcome.code()).isEqualTo(3);
            assertThat(await(receiver, "service=sh started"))
                    .matches("<29>1 \\d{4}-\\d\\d-\\d\\dT[0-9:.]+Z \\S+ muster - - - run: service=sh started pid=\\d+");
            assertThat(await(receiver, "service=sh failed")).startsWith("<27>1 ");
        }
    }

    @Test
    void a_receiver_that_was_started_anew_with_another_address_is_found_by_its_name() throws Exception {
        // The world of the program: a file of names that we write.
        Path hosts = Files.writeString(folder.resolve("hosts"), "127.0.0.21 logs.test\n");
        List<String> world =
                List.of("unshare", "-m", "sh", "-c", "mount --bind \"$0\" /etc/hosts && exec \"$@\"", hosts.toString());
        var first = receiver("127.0.0.21", 0);
        try (var muster = MusterProgram.started(
                folder,
                world,
                Map.of("MUSTER_SYSLOG_ADDRESS", "tcp://logs.test:" + first.getLocalPort()),
                "agent",
                "-node=a",
                "-bind=127.0.0.1:0",
                "-rpc-addr=127.0.0.1:0")) {
            try (var connection = first.accept()) {
                assertThat(connection.getInputStream().read()).isPositive();
                first.close();
                Files.writeString(hosts, "127.0.0.22 logs.test\n");
            }
            try (var second = receiver("127.0.0.22", first.getLocalPort())) {
                muster.signal("HUP"); // a line to send
                try (var connection = second.accept()) {
                    assertThat(connection.getInputStream().read()).isPositive();
                }
            }
        }
    }

    private static ServerSocket receiver(String host, int port) throws IOException {
        var receiver = new ServerSocket(port, 5, InetAddress.ofLiteral(host));
        receiver.setSoTimeout(PATIENCE_MILLIS);
        return receiver;
    }

    @Test
    void what_is_no_receiver_is_refused() throws Exception {
        var outcome = MusterProgram.run(Map.of(), "run", "-syslog-address=file:/tmp/x", "--", "true");

        assertThat(outcome.code()).isEqualTo(1);
        assertThat(outcome.error())
                .contains(
                        "flag -syslog-address: 'file:/tmp/x' is none of udp://HOST:PORT, tcp://HOST:PORT and unix:PATH");
    }
}
