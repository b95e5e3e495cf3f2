package muster.gossip;

import muster.gossip.wire.Bytes;
import muster.gossip.wire.Rejection;

/**
 * Two that do not have the same keys. Who reads of it is told in the words of memberlist, which people look for in logs,
 * and then what to do: as a rule one of the two was started with another key, or without one.
 */
final class KeyTrouble {
    private static final String PLAINTEXT = "Encryption is configured but remote state is not encrypted";
    private static final String ENCRYPTED = "Remote state is encrypted and encryption is not configured";
    private static final String OTHER_KEY = "No installed keys could decrypt the message";

    private KeyTrouble() {}

    /** Memberlist's words about a stream; "" when keys have nothing to do with it. */
    static String ofStream(Rejection reason) {
        return switch (reason) {
            case PLAINTEXT_UNEXPECTED -> PLAINTEXT;
            case ENCRYPTED_UNEXPECTED -> ENCRYPTED;
            case WRONG_KEY -> OTHER_KEY;
            default -> "";
        };
    }

    /** Memberlist's words about a datagram; "" when keys have nothing to do with it. */
    static String ofDatagram(Rejection reason, Bytes datagram) {
        return switch (reason) {
            case WRONG_KEY -> "Decrypt packet failed: " + OTHER_KEY;
            case PLAINTEXT_UNEXPECTED -> "Decrypt packet failed: Unsupported encryption version " + firstByte(datagram);
            // Its memberlist does not see what it is: the version in front of what is sealed looks like a ping.
            case ENCRYPTED_UNEXPECTED ->
                "Failed to decode " + (firstByte(datagram) == 0 ? "ping" : "indirect ping") + " request: " + ENCRYPTED;
            default -> "";
        };
    }

    private static int firstByte(Bytes datagram) {
        return datagram.array()[0] & 0xff;
    }

    /** What to do. {@code who}: what the other one is called in the sentence. */
    static String remedy(Rejection reason, String who) {
        return switch (reason) {
            case PLAINTEXT_UNEXPECTED ->
                "this member is encrypted and " + who + " is not: give that one the same -encrypt or -keyring-file";
            case ENCRYPTED_UNEXPECTED ->
                who + " is encrypted and this member is not: give this one the same -encrypt or -keyring-file";
            default ->
                who + " uses a key that this member does not have, or none: compare -encrypt or -keyring-file of both";
        };
    }
}
