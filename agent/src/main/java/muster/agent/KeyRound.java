package muster.agent;

import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import muster.agent.rpc.KeyAnswer;
import muster.gossip.Input;
import muster.gossip.Notice;
import muster.gossip.wire.KeyCodec;

/** Gathers what all members say about a key, as Serf sums it up. Called on the node's thread. */
final class KeyRound implements Consumer<Notice> {
    private final SortedMap<String, String> messages = new TreeMap<>();
    private final SortedMap<String, Integer> keys = new TreeMap<>();
    private final CompletableFuture<KeyAnswer> answer = new CompletableFuture<>();
    private int failures;
    private int responses;

    static String said(Input.KeyChange change) {
        return switch (change) {
            case INSTALL -> "Initiating key installation";
            case USE -> "Initiating primary key change";
            case REMOVE -> "Initiating key removal";
            case LIST -> "Initiating key listing";
        };
    }

    @Override
    public void accept(Notice notice) {
        switch (notice) {
            case Notice.KeyReply reply -> add(reply.from(), reply.reply());
            case Notice.QueryEnded ended -> answer.complete(sum(ended.expected()));
            case Notice.QueryRefused refused -> answer.complete(KeyAnswer.refused(refused.reason()));
            default -> {} // acks are not asked for
        }
    }

    private void add(String from, KeyCodec.Reply reply) {
        responses++;
        failures += reply.done() ? 0 : 1;
        if (!reply.done() || !reply.message().isEmpty()) {
            messages.put(from, reply.message());
        }
        reply.keys().forEach(key -> keys.merge(key, 1, Integer::sum));
    }

    private KeyAnswer sum(int members) {
        String error = "";
        if (failures > 0) {
            error = failures + "/" + members + " nodes reported failure";
        } else if (responses != members) {
            error = responses + "/" + members + " nodes reported success";
        }
        return new KeyAnswer(error, messages, keys, members, failures, responses);
    }

    /** Always completes: a query ends by itself. */
    CompletableFuture<KeyAnswer> answer() {
        return answer;
    }
}
