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

    /** {@link #host} and the port, an IPv6 address in brackets. */
    @Override
    public String toString() {
        return host().indexOf(':') >= 0 ? "[" + host() + "]:" + port : host() + ":" + port;
    }

    /** The address without the port: dotted quad for IPv4 (mapped too), for IPv6 the short form of RFC 5952. */
    public String host() {
        Bytes raw = shortForm(ip);
        if (raw.size() == 4) {
            return raw.at(0) + "." + raw.at(1) + "." + raw.at(2) + "." + raw.at(3);
        }
        int[] groups = new int[raw.size() / 2];
        for (int i = 0; i < groups.length; i++) {
            groups[i] = raw.at(2 * i) << 8 | raw.at(2 * i + 1);
        }
        int from = 0; // the longest run of zeros, the first of several, and no single one, becomes ::
        int to = 0;
        for (int i = 0; i < groups.length; i++) {
            int end = i;
            while (end < groups.length && groups[end] == 0) {
                end++;
            }
            if (end - i > Math.max(1, to - from)) {
                from = i;
                to = end;
            }
        }
        var text = new StringBuilder();
        for (int i = 0; i < groups.length; ) {
            if (i == from && to > from) {
                text.append("::");
                i = to;
            } else {
                boolean begins = text.isEmpty() || (i == to && to > from);
                text.append(begins ? "" : ":").append(Integer.toHexString(groups[i]));
                i++;
            }
        }
        return text.toString();
    }
}
