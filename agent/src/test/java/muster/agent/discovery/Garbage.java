package muster.agent.discovery;

import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.util.Random;
import muster.gossip.Address;
import muster.gossip.wire.Bytes;

/** A program that sends ten thousand packets which are nearly right to everybody on its network. */
final class Garbage {
    private static final int PACKETS = 10_000;

    private Garbage() {}

    public static void main(String[] words) throws Exception {
        var random = new Random(Long.parseLong(words[0]));
        var liar = new Announced("c", "liar", new Address(Bytes.of(new byte[] {10, 9, 1, 99}), 7946));
        byte[][] right = {
            liar.question().encode(0), liar.answer(liar.question(), true).encode(10), new byte[9_000]
        };
        try (var socket = new DatagramSocket()) {
            for (int i = 0; i < PACKETS; i++) {
                byte[] packet = right[random.nextInt(right.length)].clone();
                for (int flips = 1 + random.nextInt(8); flips > 0; flips--) {
                    packet[random.nextInt(packet.length)] = (byte) random.nextInt();
                }
                int length = 1 + random.nextInt(packet.length);
                socket.send(new DatagramPacket(packet, length, InetAddress.getByName("224.0.0.251"), 5353));
            }
        }
    }
}
