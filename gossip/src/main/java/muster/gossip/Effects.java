package muster.gossip;

/** Where {@link Gossip#on} puts what it wants done. Called on the thread that called {@code on}. */
@FunctionalInterface
public interface Effects {
    void emit(Effect effect);
}
