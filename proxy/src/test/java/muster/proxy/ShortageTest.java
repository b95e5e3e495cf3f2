package muster.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.Errors;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import muster.balancing.Announcement;
import muster.balancing.Backend;
import muster.proxy.http1.HeadLimits;
import org.junit.jupiter.api.Test;

/** What this process lacks is not held against its backends, and leaves nothing behind. */
class ShortageTest {
    private static final String POST = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nabcde";

    /** EADDRNOTAVAIL, as Netty has it. */
    private static final int NO_LOCAL_PORT = -99;

    /** Makes each request open a connection. */
    private static final ScriptedBackend.Script CLOSING = connection -> {
        if (connection.readRequest() == null) return;
        connection.write("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok");
    };

    @Test
    void without_file_descriptors_it_says_so_at_once_and_blames_nobody() {
        var limits = new ProxySettings.Limits(HeadLimits.DEFAULTS, 0, 100, 4, 100);
        try (Stage stage = Stage.open(s -> s.with(limits))) {
            stage.backend(CLOSING);
            List<RawClient> clients = Stream.generate(stage::client).limit(20).toList();
            for (RawClient client : clients)
                assertThat(client.send(POST).read().body()).isEqualTo("ok");
            try (var _ = new NoFilesLeft()) {
                for (RawClient client : clients) client.send(POST);
                for (RawClient client : clients) {
                    RawClient.Response answer = client.read();
                    assertThat(answer.status()).isEqualTo(503);
                    assertThat(answer.body()).contains("file descriptors");
                }
            }
            assertThat(stage.count(Counter.UPSTREAM_NOT_OPENED)).isEqualTo(20);
            assertThat(stage.suspected).isEmpty();
            Backend backend = stage.backendNamed("n1");
            assertThat(backend.state()).isEqualTo(Backend.State.READY);
            assertThat(backend.totals().failed()).isZero();
            for (RawClient client : clients)
                assertThat(client.send(POST).read().body()).isEqualTo("ok");
            assertThat(backend.inFlight()).isZero();
        }
    }

    @Test
    void a_lack_of_local_ports_is_told_from_a_refused_connection() {
        assumeThat(Epoll.isAvailable()).as("its native code is needed").isTrue();
        assertThatThrownBy(() -> Errors.handleConnectErrno("connect", NO_LOCAL_PORT))
                .matches(Buffers::noLocalPort);
        assertThatThrownBy(() -> Errors.handleConnectErrno("connect", Errors.ERROR_ECONNREFUSED_NEGATIVE))
                .matches(e -> !Buffers.noLocalPort(e));
    }

    @Test
    void checks_go_on_when_there_are_file_descriptors_again() {
        var checks = new ProxySettings.Checks(true, Duration.ofMillis(50), Duration.ofSeconds(5), 2, 2);
        try (Stage stage = Stage.open(s -> s.with(checks));
                var backend = new ScriptedBackend(CLOSING)) {
            try (var _ = new NoFilesLeft()) {
                stage.announce("n1", backend.port(), Announcement.Presence.ALIVE, false, "/health");
                Stage.await("they cannot begin", () -> stage.count(Counter.CHECKS_INCONCLUSIVE) > 2);
            }
            Stage.await("they pass", () -> stage.count(Counter.CHECKS_PASSED) > 2);
            assertThat(stage.count(Counter.CHECKS_FAILED)).isZero();
            assertThat(stage.backendNamed("n1").state()).isEqualTo(Backend.State.READY);
        }
    }
}
