package muster.gossip;

import java.lang.System.Logger.Level;
import java.util.random.RandomGenerator;
import muster.gossip.wire.Keyring;

/**
 * What all parts share: the settings, the moment, the generator, the agenda, the counters, and the way out. Between two
 * inputs there is nowhere to send effects to; whatever acts does so inside {@link Gossip#on}.
 */
final class World {
    final Settings settings;
    final Timing timing;
    final RandomGenerator random;
    final Agenda agenda = new Agenda();

    /** Changes when an operator rotates keys; never from some to none or back. */
    Keyring keys;

    private final Counters counters = new Counters();
    private Effects effects;
    private long nowNanos;

    World(Settings settings, RandomGenerator random, long nowNanos) {
        this.settings = settings;
        this.timing = settings.timing();
        this.keys = new Keyring(settings.keys());
        this.random = random;
        this.nowNanos = nowNanos;
        this.effects = World::nowhere;
    }

    private static void nowhere(Effect effect) {
        throw new IllegalStateException("an effect outside of an input: " + effect);
    }

    void enter(long nanos, Effects to) {
        nowNanos = Math.max(nowNanos, nanos);
        effects = to;
    }

    void exit() {
        effects = World::nowhere;
    }

    long now() {
        return nowNanos;
    }

    Agenda.Entry after(long nanos, Runnable action) {
        return agenda.at(nowNanos + nanos, action);
    }

    /** A random part of a period, so that members do not act in step. */
    long stagger(long periodNanos) {
        return periodNanos <= 0 ? 0 : random.nextLong(periodNanos);
    }

    void emit(Effect effect) {
        effects.emit(effect);
    }

    void tell(Notice notice) {
        effects.emit(new Effect.Notify(notice));
    }

    void count(String name) {
        measured(Figure.count(name, 1));
    }

    void measured(Figure figure) {
        effects.emit(new Effect.Measured(figure));
    }

    void log(Level level, String line) {
        tell(new Notice.Logged(level, line));
    }

    void info(String line) {
        log(Level.INFO, line);
    }

    void warn(String line) {
        log(Level.WARNING, line);
    }

    void debug(String line) {
        log(Level.DEBUG, line);
    }

    void count(Counter counter) {
        counters.add(counter);
    }

    Counters counters() {
        return counters;
    }
}
