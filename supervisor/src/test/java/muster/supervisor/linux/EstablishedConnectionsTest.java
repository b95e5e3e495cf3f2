package muster.supervisor.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class EstablishedConnectionsTest {
    @Test
    void connections_to_a_port_are_counted_and_those_from_it_or_to_others_are_not() throws Exception {
        for (String address : new String[] {"127.0.0.1", "::1"}) {
            try (var server = new ServerSocket()) {
                server.bind(new InetSocketAddress(InetAddress.getByName(address), 0));
                int port = server.getLocalPort();
                assertThat(EstablishedConnections.toPort(port)).isZero();
                try (var first = new Socket(address, port);
                        var second = new Socket(address, port)) {
                    assertThat(EstablishedConnections.toPort(port)).isEqualTo(2);
                    assertThat(EstablishedConnections.toPort(first.getLocalPort()))
                            .isEqualTo(1);
                    assertThat(second.getPort()).isEqualTo(port);
                }
                long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
                while (EstablishedConnections.toPort(port) > 0) {
                    assertThat(System.nanoTime() - end).isNegative();
                    Thread.sleep(5);
                }
            }
        }
    }
}
