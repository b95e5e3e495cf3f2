package muster.gossip;

import muster.gossip.wire.Bytes;

/**
 * Where a member listens: the address bytes exactly as its {@code alive} carried them (4, or 16 even for a mapped IPv4
 * address: peers compare bytes, so they are echoed untouched) and a port, 0 to 65535.
 */
public record Address(Bytes ip, int port) {
    /** True when both name the same host and port, whether written as 4 or as mapped 16 bytes. */
    public boolean samePlaceAs(Address other) {
        return port == other.port && shortForm(ip).equals(shortForm(other.ip));
    }

    private static Bytes shortForm(Bytes ip) {
        if (ip.size() != 16) {
            return ip;
        }
        for (int i = 0; i < 10; i++) {
            if (ip.at(i) != 0) {
                return ip;
            }
        }
        if (ip.at(10) != 0xff || ip.at(11) != 0xff) {
            return ip;
        }
        return Bytes.of(java.util.Arrays.copyOfRange(ip.array(), 12, 16));
    }

    /** Dotted quad for IPv4 (mapped too), full hex groups in brackets for IPv6, then the port. */
    @Override
    public String toString() {
        return host().indexOf(':') >= 0 ? "[" + host() + "]:" + port : host() + ":" + port;
    }

    /** The address without the port: dotted quad, or IPv6 groups without brackets. */
    public String host() {
        Bytes raw = shortForm(ip);
        if (raw.size() == 4) {
            return raw.at(0) + "." + raw.at(1) + "." + raw.at(2) + "." + raw.at(3);
        }
        var text = new StringBuilder();
        for (int i = 0; i + 1 < raw.size(); i += 2) {
            text.append(i == 0 ? "" : ":").append(Integer.toHexString(raw.at(i) << 8 | raw.at(i + 1)));
        }
        return text.toString();
    }
}
