package muster.supervisor.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.StandardSocketOptions;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ListeningSocketsTest {
    private static ServerSocket listening(String address, int port) throws Exception {
        var server = new ServerSocket();
        server.bind(new InetSocketAddress(InetAddress.ofLiteral(address), port));
        return server;
    }

    @Test
    void a_socket_is_seen_at_its_own_address_and_one_bound_to_all_at_each() throws Exception {
        InetAddress one = InetAddress.ofLiteral("127.0.0.1");
        InetAddress two = InetAddress.ofLiteral("127.0.0.2");
        try (var server = listening("127.0.0.1", 0)) {
            assertThat(ListeningSockets.at(one, server.getLocalPort())).hasSize(1);
            assertThat(ListeningSockets.at(two, server.getLocalPort())).isEmpty();
        }
        try (var server = listening("0.0.0.0", 0)) {
            assertThat(ListeningSockets.at(one, server.getLocalPort())).hasSize(1);
            assertThat(ListeningSockets.at(two, server.getLocalPort())).hasSize(1);
        }
    }

    @Test
    void its_holder_is_named() throws Exception {
        try (var server = listening("127.0.0.1", 0)) {
            Set<Long> inodes = ListeningSockets.at(InetAddress.ofLiteral("127.0.0.1"), server.getLocalPort());
            assertThat(ListeningSockets.holder(inodes))
                    .endsWith("(pid " + ProcessHandle.current().pid() + ")");
            assertThat(ListeningSockets.areOfOthers(inodes)).isFalse();
        }
        assertThat(ListeningSockets.holder(Set.of())).isNull();
        assertThat(ListeningSockets.areOfOthers(Set.of())).as("not known to be").isFalse();
    }

    @Test
    void two_sockets_of_ours_on_one_port_are_not_shared_with_others() throws Exception {
        try (var one = new ServerSocket();
                var two = new ServerSocket()) {
            one.setOption(StandardSocketOptions.SO_REUSEPORT, true);
            one.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0));
            two.setOption(StandardSocketOptions.SO_REUSEPORT, true);
            two.bind(one.getLocalSocketAddress());
            assertThat(ListeningSockets.shared()).noneMatch(line -> line.contains(":" + one.getLocalPort() + ","));
        }
    }
}
