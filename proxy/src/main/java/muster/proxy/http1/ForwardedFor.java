package muster.proxy.http1;

import java.nio.charset.StandardCharsets;

/**
 * What backends are told about one client connection. Made once per connection, so that a request only copies bytes.
 */
public final class ForwardedFor {
    final byte[] peer;
    final byte[] portLine;
    final byte[] protoLine;
    /** X-Forwarded-For, -Proto and -Port as they are for a client whose own word does not count. */
    final byte[] allLines;
    /** The address that the client connected to, for one that speaks HTTP/1.0 and names no host. */
    final byte[] localAuthority;

    final boolean trusted;

    /**
     * @param peer the client's address, without its port
     * @param localHost where it connected to; an IPv6 address in brackets
     * @param trusted it is a proxy of ours: what it says of the original client is kept and added to
     */
    public ForwardedFor(String peer, String localHost, int localPort, boolean trusted) {
        this.peer = ascii(peer);
        this.trusted = trusted;
        portLine = ascii("X-Forwarded-Port: " + localPort + "\r\n");
        protoLine = ascii("X-Forwarded-Proto: http\r\n");
        allLines = ascii(
                "X-Forwarded-For: " + peer + "\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Port: " + localPort + "\r\n");
        localAuthority = ascii(localHost + ":" + localPort);
    }

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
