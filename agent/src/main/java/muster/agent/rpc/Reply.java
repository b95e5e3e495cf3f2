package muster.agent.rpc;

import java.util.Iterator;
import java.util.List;
import java.util.function.BiConsumer;
import muster.gossip.wire.Bytes;
import muster.gossip.wire.MsgPackWriter;

/**
 * A message to a client, which comes in pieces: of a long list each piece is encoded when the one before it is written, so
 * that a client that does not read costs no more than the list itself.
 *
 * @param heldBytes what it takes as long as it is not written
 * @param pieces to be asked for once
 */
record Reply(long heldBytes, Iterator<Bytes> pieces) {
    private static final int PIECE_BYTES = 32 << 10;
    private static final int ITEM_BYTES = 16; // a place in a list of what is there anyway

    static Reply of(Bytes whole) {
        return new Reply(whole.size(), List.of(whole).iterator());
    }

    /** @param head what comes before the items, with how many there are */
    static <T> Reply ofList(MsgPackWriter head, List<T> items, BiConsumer<MsgPackWriter, T> each) {
        return new Reply(
                head.size() + PIECE_BYTES + (long) ITEM_BYTES * items.size(),
                new Pieces<>(head, items.iterator(), each));
    }

    private static final class Pieces<T> implements Iterator<Bytes> {
        private final Iterator<T> items;
        private final BiConsumer<MsgPackWriter, T> each;
        private MsgPackWriter piece;

        Pieces(MsgPackWriter head, Iterator<T> items, BiConsumer<MsgPackWriter, T> each) {
            this.piece = head;
            this.items = items;
            this.each = each;
        }

        @Override
        public boolean hasNext() {
            return piece.size() > 0 || items.hasNext();
        }

        @Override
        public Bytes next() {
            while (items.hasNext() && piece.size() < PIECE_BYTES) {
                each.accept(piece, items.next());
            }
            Bytes whole = piece.toBytes();
            piece = Records.writer();
            return whole;
        }
    }
}
