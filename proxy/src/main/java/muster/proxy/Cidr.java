package muster.proxy;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;

/**
 * A network of addresses, such as 10.0.0.0/8.
 *
 * @param prefixBits how many leading bits count
 */
public record Cidr(InetAddress network, int prefixBits) {
    /** Throws {@link IllegalArgumentException} with what to write instead. */
    public static Cidr parse(String text) {
        int slash = text.indexOf('/');
        String host = slash < 0 ? text : text.substring(0, slash);
        // A name would be looked up by getByName; only literals belong here.
        if (!host.matches("[0-9.]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")) throw bad(text);
        try {
            InetAddress network = InetAddress.getByName(host);
            int bits = network.getAddress().length * 8;
            int prefix = slash < 0 ? bits : Integer.parseInt(text.substring(slash + 1));
            if (prefix < 0 || prefix > bits) throw bad(text);
            return new Cidr(network, prefix);
        } catch (UnknownHostException | NumberFormatException _) {
            throw bad(text);
        }
    }

    private static IllegalArgumentException bad(String text) {
        return new IllegalArgumentException("\"" + text
                + "\" is not a network: write an address and prefix length, such as 10.0.0.0/8 or fd00::/8");
    }

    public boolean contains(InetAddress address) {
        byte[] ours = network.getAddress();
        byte[] theirs = address.getAddress();
        if (ours.length != theirs.length) return false;
        int whole = prefixBits / 8;
        if (!Arrays.equals(ours, 0, whole, theirs, 0, whole)) return false;
        int rest = prefixBits % 8;
        return rest == 0 || ((ours[whole] ^ theirs[whole]) & (0xff << (8 - rest)) & 0xff) == 0;
    }

    @Override
    public String toString() {
        return network.getHostAddress() + "/" + prefixBits;
    }
}
