package muster.templating.target;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The destination on the disk, and what stands beside it. Each step is whole or has not happened. */
final class Place {
    private final Target target;

    Place(Target target) {
        this.target = target;
    }

    /** What is there; null when nothing is. */
    byte @Nullable [] content() throws IOException {
        try {
            return Files.readAllBytes(target.destination());
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    /**
     * For whoever is about to change anything here.
     *
     * @param atMost how long to wait for another one
     */
    PublishLock lock(Duration atMost) throws IOException, InterruptedException {
        return PublishLock.take(beside(".lock"), atMost);
    }

    /** Gives what is there the mode and the owner that are set, where it has others. */
    void bringMode() throws IOException {
        Path real = real();
        PosixFileAttributes now = Files.readAttributes(real, PosixFileAttributes.class);
        boolean isOther = (target.owner() != null && !now.owner().equals(owner(real, target.owner())))
                || (target.group() != null && !now.group().equals(group(real, target.group())));
        if (isOther || !now.permissions().equals(target.mode())) {
            give(real);
        }
    }

    /** Writes it beside the destination, down to the disk, with its owner and mode. */
    Path stage(byte[] content) throws IOException {
        Path staged = beside(".new");
        Files.deleteIfExists(staged); // of a crash; its mode would stay
        try {
            write(staged, content);
            return staged;
        } catch (IOException e) {
            Files.deleteIfExists(staged);
            throw e;
        }
    }

    /** Puts a staged file in the destination's place; what was there is kept as a version. */
    void replace(Path staged) throws IOException {
        Path real = real();
        if (target.keep() > 0 && Files.exists(real)) {
            for (int version = target.keep() - 1; version > 0; version--) {
                if (Files.exists(version(version))) {
                    Files.move(version(version), version(version + 1), StandardCopyOption.REPLACE_EXISTING);
                }
            }
            copy(real, version(1));
        }
        move(staged, real);
    }

    /** Puts back what {@link #replace} took away. */
    void restore(byte[] before) throws IOException {
        move(stage(before), real());
        if (target.keep() > 0) {
            Files.deleteIfExists(version(1));
            for (int version = 2; version <= target.keep() && Files.exists(version(version)); version++) {
                Files.move(version(version), version(version - 1));
            }
        }
    }

    /** A staged file that the check did not like stays for a look at it. */
    void setAside(Path staged) throws IOException {
        Files.move(staged, beside(".refused"), StandardCopyOption.REPLACE_EXISTING);
    }

    void nothingRefused() throws IOException {
        Files.deleteIfExists(beside(".refused"));
    }

    /** Whether what is there was put there and never applied: by a process that ended in between. */
    boolean isUnapplied() {
        return Files.exists(beside(".unapplied"));
    }

    void markUnapplied() throws IOException {
        Path mark = beside(".unapplied");
        if (!Files.exists(mark)) {
            Files.createFile(mark);
            sync(mark.toAbsolutePath().getParent());
        }
    }

    void markApplied() throws IOException {
        Files.deleteIfExists(beside(".unapplied"));
    }

    /** What went wrong, and what to do. The JDK's message begins with the path, or is nothing but it. */
    static String reason(IOException e) {
        String said = e instanceof FileSystemException file ? file.getReason() : e.getMessage();
        String reason = said == null ? e.getClass().getSimpleName() : said;
        return switch (e) {
            case UserPrincipalNotFoundException _ ->
                "there is no such owner or group on this machine: check owner and group";
            case NoSuchFileException _ -> "its folder is not there: make it";
            case AccessDeniedException _ -> "this user may not write into its folder";
            case IOException _ when reason.contains("No space left") -> reason + " (make room: it is tried again)";
            case IOException _
            when reason.contains("Read-only") ->
                reason + " (make it writable, or name another destination: it is tried again)";
            case IOException _
            when reason.contains("Device or resource busy") ->
                reason + " (a file that is mounted alone cannot be replaced: mount its folder)";
            default -> reason;
        };
    }

    private void write(Path file, byte[] content) throws IOException {
        try (FileChannel channel = FileChannel.open(
                file,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            ByteBuffer bytes = ByteBuffer.wrap(content);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            give(file);
            channel.force(true);
        }
    }

    /** The owner first: to give a file away takes bits of its mode. */
    private void give(Path file) throws IOException {
        PosixFileAttributeView attributes = Files.getFileAttributeView(file, PosixFileAttributeView.class);
        if (target.owner() != null) {
            attributes.setOwner(owner(file, target.owner()));
        }
        if (target.group() != null) {
            attributes.setGroup(group(file, target.group()));
        }
        attributes.setPermissions(target.mode());
    }

    private static UserPrincipal owner(Path file, String name) throws IOException {
        return file.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName(name);
    }

    private static GroupPrincipal group(Path file, String name) throws IOException {
        return file.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByGroupName(name);
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.deleteIfExists(to);
        try {
            Files.createLink(to, from);
        } catch (UnsupportedOperationException | FileSystemException e) {
            Files.copy(from, to, StandardCopyOption.COPY_ATTRIBUTES); // no hard links here
        }
    }

    private static void move(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        sync(to.toAbsolutePath().getParent());
    }

    /** So that the new name, too, is there after a power failure. */
    private static void sync(@Nullable Path folder) throws IOException {
        if (folder != null) {
            try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }

    /** Where a link leads, if it is one: the link stays. */
    private Path real() throws IOException {
        Path destination = target.destination();
        return Files.isSymbolicLink(destination) && Files.exists(destination) ? destination.toRealPath() : destination;
    }

    private Path version(int number) throws IOException {
        Path real = real();
        return real.resolveSibling(real.getFileName() + "." + number);
    }

    private Path beside(String suffix) {
        Path destination = target.destination();
        try {
            destination = real();
        } catch (IOException e) {
            // a broken link: beside the link itself
        }
        return destination.resolveSibling("." + destination.getFileName() + suffix);
    }
}
