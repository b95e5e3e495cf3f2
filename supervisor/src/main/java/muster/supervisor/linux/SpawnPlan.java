package muster.supervisor.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Map;
import java.util.SortedMap;
import muster.supervisor.Launch;

/** What posix_spawn does in the child before it becomes the program: the two structures of spawn.h. */
final class SpawnPlan implements AutoCloseable {
    /** Without {@code closefrom}, in musl and old glibc; a variable for the test. */
    static volatile boolean closesOneByOne = Libc.SPAWN_ACTIONS_CLOSEFROM == null;

    private static final int FIRST_OTHER = 3;

    private final Arena arena;
    private final MemorySegment actions;
    private final MemorySegment attributes;

    SpawnPlan(Arena arena) {
        this.arena = arena;
        actions = arena.allocate(Libc.SPAWN_STRUCT_BYTES, 16);
        attributes = arena.allocate(Libc.SPAWN_STRUCT_BYTES, 16);
        Libc.call(Libc.SPAWN_ACTIONS_INIT, actions.address());
        Libc.call(Libc.SPAWN_ATTR_INIT, attributes.address());
    }

    MemorySegment actions() {
        return actions;
    }

    MemorySegment attributes() {
        return attributes;
    }

    void prepare(Launch launch, SortedMap<Integer, Integer> descriptors) throws IOException {
        long session = switch (launch.session()) {
            case OWN, DETACHED -> Libc.POSIX_SPAWN_SETSID;
            case FOREGROUND -> Libc.POSIX_SPAWN_SETPGROUP;
        };
        require(Libc.call(
                Libc.SPAWN_ATTR_FLAGS,
                attributes.address(),
                session | Libc.POSIX_SPAWN_SETSIGDEF | Libc.POSIX_SPAWN_SETSIGMASK));
        // Ignored signals are inherited through exec (nohup, a shell's &): the child gets all of them as by default.
        MemorySegment all = arena.allocate(Libc.SIGSET_BYTES, 8).fill((byte) 0xff);
        MemorySegment none = arena.allocate(Libc.SIGSET_BYTES, 8);
        require(Libc.call(Libc.SPAWN_ATTR_DEFAULT, attributes.address(), all.address()));
        require(Libc.call(Libc.SPAWN_ATTR_MASK, attributes.address(), none.address()));
        MemorySegment foreground = Libc.SPAWN_ACTIONS_FOREGROUND;
        if (launch.session() == Launch.Session.FOREGROUND
                && foreground != null
                && Libc.call(Libc.ISATTY, 0).asInt() == 1) {
            require(Libc.call(foreground, actions.address(), 0));
        }
        if (launch.input() == Launch.Input.NOTHING && !descriptors.containsKey(0)) {
            require(Libc.call(
                    Libc.SPAWN_ACTIONS_OPEN,
                    actions.address(),
                    0,
                    Libc.text(arena, "/dev/null").address(),
                    Libc.O_RDONLY,
                    0));
        }
        for (Map.Entry<Integer, Integer> given : descriptors.entrySet()) {
            require(Libc.call(Libc.SPAWN_ACTIONS_DUP2, actions.address(), given.getValue(), given.getKey()));
        }
        closeOthers(descriptors);
        if (!launch.directory().isEmpty()) {
            require(Libc.call(
                    Libc.SPAWN_ACTIONS_CHDIR,
                    actions.address(),
                    Libc.text(arena, launch.directory()).address()));
        }
    }

    // The JVM holds sockets and its module file without close-on-exec.
    private void closeOthers(SortedMap<Integer, Integer> given) throws IOException {
        int beyond = given.isEmpty() ? FIRST_OTHER : Math.max(FIRST_OTHER, given.lastKey() + 1);
        for (int number = FIRST_OTHER; number < beyond; number++) {
            if (!given.containsKey(number)) {
                close(number);
            }
        }
        MemorySegment closefrom = Libc.SPAWN_ACTIONS_CLOSEFROM;
        if (closefrom != null && !closesOneByOne) {
            require(Libc.call(closefrom, actions.address(), beyond));
            return;
        }
        // What another thread opens from here on is left to the close-on-exec flag, which the JDK sets where it can.
        var open = new ArrayList<Integer>();
        try (var numbers = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            numbers.forEach(
                    number -> open.add(Integer.parseInt(number.getFileName().toString())));
        }
        for (int number : open) {
            if (number >= beyond) {
                close(number);
            }
        }
    }

    private void close(int number) {
        require(Libc.call(Libc.SPAWN_ACTIONS_CLOSE, actions.address(), number));
    }

    private static void require(Libc.Result result) {
        if (result.asInt() != 0) {
            throw new IllegalStateException("Preparing a process failed: " + Libc.describe(result.asInt()) + ".");
        }
    }

    @Override
    public void close() {
        Libc.call(Libc.SPAWN_ACTIONS_DESTROY, actions.address());
        Libc.call(Libc.SPAWN_ATTR_DESTROY, attributes.address());
    }
}
