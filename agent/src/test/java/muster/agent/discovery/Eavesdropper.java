package muster.agent.discovery;

import java.net.DatagramPacket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.MulticastSocket;
import java.net.NetworkInterface;
import muster.agent.discovery.DnsMessage.Instance;

/** A program that says who says goodbye on its network. */
final class Eavesdropper {
    private Eavesdropper() {}

    public static void main(String[] words) throws Exception {
        try (var socket = new MulticastSocket(5353)) {
            socket.joinGroup(
                    new InetSocketAddress(InetAddress.ofLiteral("224.0.0.251"), 5353),
                    NetworkInterface.getByName(words[0]));
            System.out.println("listens");
            var packet = new DatagramPacket(new byte[9_000], 9_000);
            while (true) {
                socket.receive(packet);
                DnsMessage message = DnsMessage.decode(packet.getData(), packet.getLength());
                if (message != null) {
                    message.gone()
                            .forEach(entry -> System.out.println("gone: "
                                    + String.join(
                                            ".", ((Instance) entry).instance().labels())));
                }
            }
        }
    }
}
