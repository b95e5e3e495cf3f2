package muster.agent.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.locks.LockSupport;
import muster.agent.configuration.Endpoint;
import muster.gossip.Figure;
import org.junit.jupiter.api.Test;

class CollectorTest {
    private static final StatsdText TEXT = new StatsdText("host1");

    @Test
    void a_figure_is_a_line_as_go_metrics_writes_it() {
        assertThat(TEXT.line(Figure.count("serf.events", 1))).isEqualTo("serf-agent.serf.events:1.000000|c\n");
        assertThat(TEXT.line(Figure.time("memberlist.probeNode", 1_234_567)))
                .isEqualTo("serf-agent.memberlist.probeNode:1.234567|ms\n");
        assertThat(TEXT.line(Figure.gauge("memberlist.health.score", 2)))
                .isEqualTo("serf-agent.host1.memberlist.health.score:2.000000|g\n");
        assertThat(TEXT.line(Figure.count("memberlist.udp.sent", 3e9)))
                .isEqualTo("serf-agent.memberlist.udp.sent:3000000000.000000|c\n");
    }

    @Test
    void no_name_of_an_event_writes_lines_of_its_own() {
        assertThat(TEXT.line(Figure.count("serf.events.a b:1|c\nfake:9|g@0.1#x", 1)))
                .isEqualTo("serf-agent.serf.events.a_b_1_c_fake_9_g_0.1_x:1.000000|c\n");
    }

    @Test
    void many_figures_come_in_few_datagrams_that_no_network_cuts_and_the_last_ones_with_the_end() throws Exception {
        try (var receiver = new Receiver()) {
            try (Collector collector = Collector.statsd(Endpoint.parse(receiver.statsd()), TEXT)) {
                for (int i = 0; i < 1_000; i++) {
                    collector.offer(Figure.sample("serf.msgs.sent", i));
                }
            }
            await().untilAsserted(() -> assertThat(receiver.byDatagram()).hasSize(1_000));
            assertThat(receiver.byDatagram().getLast()).isEqualTo("serf-agent.serf.msgs.sent:999.000000|ms");
            assertThat(receiver.datagramBytesMost()).isBetween(1_300, 1_400);
        }
    }

    @Test
    void a_statsite_that_comes_back_is_found_and_what_was_lost_meanwhile_is_counted() throws Exception {
        var first = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        try (Collector collector = Collector.statsite(new Endpoint("127.0.0.1", first.getLocalPort()), TEXT)) {
            collector.offer(Figure.count("before", 1));
            try (Socket connection = first.accept()) {
                assertThat(line(connection)).isEqualTo("serf-agent.before:1.000000|c");
            }
            first.close();
            collector.offer(Figure.count("away", 1));
            await().until(() -> collector.lost() == 1);
            try (var again = new ServerSocket(first.getLocalPort(), 1, InetAddress.getLoopbackAddress())) {
                Thread.ofVirtual().start(() -> offer("again", 1, collector, again));
                try (Socket connection = again.accept()) {
                    assertThat(line(connection)).isEqualTo("serf-agent.again:1.000000|c");
                }
            }
        }
    }

    @Test
    void a_collector_that_takes_nothing_holds_up_nobody_and_is_connected_to_anew() throws Exception {
        try (var deaf = new ServerSocket(0, 2, InetAddress.getLoopbackAddress());
                Collector collector = Collector.statsite(new Endpoint("127.0.0.1", deaf.getLocalPort()), TEXT)) {
            Thread.ofVirtual().start(() -> offer("more", 500, collector, deaf));
            try (Socket _ = deaf.accept();
                    Socket _ = deaf.accept()) {
                assertThat(collector.lost()).isGreaterThan(Collector.QUEUE_MAX);
            }
        }
    }

    /** So many at once, again and again until the receiver has closed. */
    private static void offer(String name, int atOnce, Collector collector, ServerSocket receiver) {
        while (!receiver.isClosed()) {
            for (int i = 0; i < atOnce; i++) {
                collector.offer(Figure.count(name, 1));
            }
            LockSupport.parkNanos(5_000_000);
        }
    }

    private static String line(Socket connection) throws Exception {
        var line = new StringBuilder();
        for (int c = connection.getInputStream().read();
                c != '\n';
                c = connection.getInputStream().read()) {
            assertThat(c).isNotNegative();
            line.append((char) c);
        }
        return line.toString();
    }
}
