package muster.agent.cli;

import java.security.SecureRandom;
import java.util.List;
import muster.agent.configuration.ClusterKey;
import muster.gossip.wire.Bytes;

/** {@code muster keygen}. */
final class Keygen implements FlaglessCommand {
    private static final int KEY_BYTES = 32;

    @Override
    public String name() {
        return "keygen";
    }

    @Override
    public String summary() {
        return "make an encryption key for -encrypt";
    }

    @Override
    public String wordsHelp() {
        return "";
    }

    @Override
    public String story() {
        return """
                Prints 32 random bytes in base64: the key that every node of an encrypted cluster is started with.

                Example: muster agent -encrypt "$(muster keygen)\"""";
    }

    @Override
    public int run(List<String> arguments, Console console) {
        if (!arguments.isEmpty()) {
            throw new Misuse("It takes no words, and got " + String.join(" ", arguments));
        }
        var key = new byte[KEY_BYTES];
        new SecureRandom().nextBytes(key);
        console.line(ClusterKey.encode(Bytes.of(key)));
        return OK;
    }
}
