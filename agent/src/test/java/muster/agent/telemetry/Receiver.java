package muster.agent.telemetry;

import java.io.IOException;
import java.io.InputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** A statsd and a statsite that keep what they are sent, line by line. */
final class Receiver implements AutoCloseable {
    private final DatagramSocket datagrams =
            new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    private final ServerSocket streams = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
    private final List<String> byDatagram = new CopyOnWriteArrayList<>();
    private final List<String> byStream = new CopyOnWriteArrayList<>();
    private volatile int datagramBytesMost;

    Receiver() throws IOException {
        Thread.ofVirtual().start(this::takeDatagrams);
        Thread.ofVirtual().start(this::takeStreams);
    }

    String statsd() {
        return "127.0.0.1:" + datagrams.getLocalPort();
    }

    String statsite() {
        return "127.0.0.1:" + streams.getLocalPort();
    }

    List<String> byDatagram() {
        return byDatagram;
    }

    List<String> byStream() {
        return byStream;
    }

    /** Bytes of the longest datagram. */
    int datagramBytesMost() {
        return datagramBytesMost;
    }

    /** How often each "NAME|TYPE" came. */
    static SortedMap<String, Integer> kinds(List<String> lines) {
        var kinds = new TreeMap<String, Integer>();
        for (String line : lines) {
            kinds.merge(line.substring(0, line.indexOf(':')) + line.substring(line.lastIndexOf('|')), 1, Integer::sum);
        }
        return kinds;
    }

    private void takeDatagrams() {
        try {
            while (true) {
                var packet = new DatagramPacket(new byte[65_536], 65_536);
                datagrams.receive(packet);
                datagramBytesMost = Math.max(datagramBytesMost, packet.getLength());
                new String(packet.getData(), 0, packet.getLength(), StandardCharsets.UTF_8)
                        .lines()
                        .forEach(byDatagram::add);
            }
        } catch (IOException e) {
            // closed
        }
    }

    private void takeStreams() {
        try {
            while (true) {
                Socket client = streams.accept();
                Thread.ofVirtual().start(() -> take(client));
            }
        } catch (IOException e) {
            // closed
        }
    }

    private void take(Socket client) {
        try (client;
                InputStream in = client.getInputStream()) {
            var line = new StringBuilder();
            for (int c = in.read(); c >= 0; c = in.read()) {
                if (c == '\n') {
                    byStream.add(line.toString());
                    line.setLength(0);
                } else {
                    line.append((char) c);
                }
            }
        } catch (IOException e) {
            // the sender was killed
        }
    }

    @Override
    public void close() throws IOException {
        datagrams.close();
        streams.close();
    }
}
