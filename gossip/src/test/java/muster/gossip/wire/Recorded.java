package muster.gossip.wire;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

/**
 * One line of recorded-packets.txt: what a real Serf agent sent.
 *
 * @param what its layers and messages, outermost first, for instance {@code crc[compound[Alive,Join]]}
 */
record Recorded(boolean stream, Keyring keys, String what, Bytes bytes) {
    static final List<Recorded> ALL = load();

    static List<Recorded> datagrams() {
        return ALL.stream().filter(recorded -> !recorded.stream).toList();
    }

    static List<Recorded> streams() {
        return ALL.stream().filter(Recorded::stream).toList();
    }

    boolean sealed() {
        return !keys.isEmpty();
    }

    boolean checked() {
        return what.startsWith("crc[");
    }

    boolean compressed() {
        return what.contains("lzw[");
    }

    /** The names of the messages in it, as {@link #what} tells them. */
    List<String> messageNames() {
        String inner = what.substring(what.lastIndexOf('[') + 1).replaceAll("\\(.*\\)|]+$| with(out)? coordinate", "");
        return List.of(inner.split(","));
    }

    /** Gives the nonce of this recording, so that sealing can be compared byte for byte. */
    RandomGenerator itsNonce() {
        int at = stream ? StreamCodec.SEALED_HEADER_BYTES + 1 : 1;
        return new RandomGenerator() {
            @Override
            public long nextLong() {
                throw new IllegalStateException("only the nonce is random");
            }

            @Override
            public void nextBytes(byte[] target) {
                System.arraycopy(bytes.array(), at, target, 0, target.length);
            }
        };
    }

    Bytes first(int count) {
        return Bytes.of(Arrays.copyOf(bytes.array(), count));
    }

    Bytes withBitFlipped(int bit) {
        byte[] copy = bytes.array().clone();
        copy[bit / 8] ^= (byte) (1 << (bit % 8));
        return Bytes.of(copy);
    }

    @Override
    public String toString() {
        return (stream ? "stream " : "datagram ") + (sealed() ? "sealed " : "") + what;
    }

    private static List<Recorded> load() {
        Map<String, Keyring> rings = new HashMap<>(Map.of("-", Keyring.PLAIN));
        var resource = Objects.requireNonNull(Recorded.class.getResourceAsStream("recorded-packets.txt"));
        try (var reader = new BufferedReader(new InputStreamReader(resource, StandardCharsets.UTF_8))) {
            List<String[]> rows = reader.lines()
                    .filter(line -> !line.startsWith("#"))
                    .map(line -> line.split("\t"))
                    .toList();
            for (String[] row : rows) {
                if (row[0].equals("key")) {
                    rings.put(row[1], new Keyring(List.of(Bytes.hex(row[3]))));
                }
            }
            return rows.stream()
                    .filter(row -> !row[0].equals("key"))
                    .map(row -> new Recorded(
                            row[0].equals("stream"),
                            Objects.requireNonNull(rings.get(row[1])),
                            row[2],
                            Bytes.hex(row[3])))
                    .collect(Collectors.toUnmodifiableList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
