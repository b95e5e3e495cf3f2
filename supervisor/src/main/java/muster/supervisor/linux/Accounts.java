package muster.supervisor.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Users and groups, as {@code /etc/passwd} and {@code /etc/group} know them; numbers need not be there.
 *
 * <p>The tables have no encoding: each byte is a character here, so that one that is no UTF-8 hides nobody.
 */
public final class Accounts {
    private static final Path ETC = Path.of("/etc");

    private Accounts() {}

    /**
     * Who a process shall be.
     *
     * @param groups supplementary ones
     */
    public record Identity(long uid, long gid, List<Long> groups) {}

    /**
     * Looks them up.
     *
     * @param user a name or number, "" for ours
     * @param group a name or number, "" for the user's own
     * @throws IOException if one is not known; says what to do
     */
    public static Identity find(String user, String group) throws IOException {
        return find(user, group, ETC);
    }

    static Identity find(String user, String group, Path etc) throws IOException {
        Path users = etc.resolve("passwd");
        Path groups = etc.resolve("group");
        Identity we = ours();
        List<String> entry = user.isEmpty() ? null : line(users, user);
        if (entry == null && !user.isEmpty() && !isNumber(user)) {
            throw new IOException("User \"" + user + "\" is not in " + users + "; add it, or give its number.");
        }
        long uid = user.isEmpty() ? we.uid() : entry == null ? Long.parseLong(user) : Long.parseLong(entry.get(2));
        long gid;
        if (group.isEmpty()) {
            gid = user.isEmpty() ? we.gid() : entry == null ? uid : Long.parseLong(entry.get(3));
        } else if (isNumber(group)) {
            gid = Long.parseLong(group);
        } else {
            gid = Long.parseLong(Objects.requireNonNullElseGet(line(groups, group), () -> List.of("", "", "-1"))
                    .get(2));
            if (gid < 0) {
                throw new IOException("Group \"" + group + "\" is not in " + groups + "; add it, or give its number.");
            }
        }
        return new Identity(uid, gid, entry == null ? List.of() : memberships(groups, entry.get(0), gid));
    }

    /** Effective ones; without the supplementary groups. */
    static Identity ours() throws IOException {
        long uid = -1;
        long gid = -1;
        for (String line : Files.readAllLines(Path.of("/proc/self/status"), StandardCharsets.ISO_8859_1)) {
            if (line.startsWith("Uid:")) {
                uid = Long.parseLong(line.split("\\s+", 4)[2]);
            } else if (line.startsWith("Gid:")) {
                gid = Long.parseLong(line.split("\\s+", 4)[2]);
            }
        }
        return new Identity(uid, gid, List.of());
    }

    private static @Nullable List<String> line(Path table, String wanted) throws IOException {
        String bytes = new String(wanted.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        for (List<String> fields : lines(table)) {
            boolean itsNumber =
                    isNumber(wanted) && fields.size() > 2 && fields.get(2).equals(wanted);
            if (fields.size() > 3 && (itsNumber || fields.get(0).equals(bytes))) {
                return fields;
            }
        }
        return null;
    }

    private static List<Long> memberships(Path table, String user, long own) throws IOException {
        var groups = new TreeSet<Long>();
        for (List<String> fields : lines(table)) {
            if (fields.size() > 3 && List.of(fields.get(3).split(",")).contains(user)) {
                groups.add(Long.parseLong(fields.get(2)));
            }
        }
        groups.remove(own);
        return List.copyOf(groups);
    }

    private static List<List<String>> lines(Path table) throws IOException {
        try (var lines = Files.lines(table, StandardCharsets.ISO_8859_1)) {
            return lines.map(line -> List.of(line.split(":", -1))).toList();
        } catch (NoSuchFileException e) {
            return List.of(); // an image of one program: numbers still work
        }
    }

    private static boolean isNumber(String text) {
        return !text.isEmpty() && text.length() < 11 && text.chars().allMatch(c -> c >= '0' && c <= '9');
    }
}
