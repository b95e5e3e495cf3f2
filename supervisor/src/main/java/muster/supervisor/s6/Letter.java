package muster.supervisor.s6;

import java.util.Optional;
import muster.supervisor.Signal;

/**
 * What a byte in {@code supervise/control} asks for. Bytes that mean nothing are ignored, as s6 does.
 *
 * @see <a href="https://skarnet.org/software/s6/s6-svc.html">s6-svc</a>
 */
sealed interface Letter {
    /** Be up: {@code u}; {@code U} also removes the file {@code down}. */
    record Up(boolean fromNowOn) implements Letter {}

    /** Be down: {@code d}; {@code D} also makes the file {@code down}. */
    record Down(boolean fromNowOn) implements Letter {}

    /** {@code o}: start if down, and do not restart. */
    record Once() implements Letter {}

    /** {@code O}: do not restart; {@code Q} also makes the file {@code down}. */
    record NoRestart(boolean fromNowOn) implements Letter {}

    /** {@code r}: stop the process, whatever is wanted after that. */
    record Restart() implements Letter {}

    /** {@code x}: supervise it no more once it is down. */
    record Exit() implements Letter {}

    /** A signal, to its process or (P, C, K) to the process group. */
    record Send(Signal signal, boolean group) implements Letter {}

    static Optional<Letter> of(byte letter) {
        return switch (letter) {
            case 'u' -> Optional.of(new Up(false));
            case 'U' -> Optional.of(new Up(true));
            case 'd' -> Optional.of(new Down(false));
            case 'D' -> Optional.of(new Down(true));
            case 'o' -> Optional.of(new Once());
            case 'O' -> Optional.of(new NoRestart(false));
            case 'Q' -> Optional.of(new NoRestart(true));
            case 'r' -> Optional.of(new Restart());
            case 'x', 'X' -> Optional.of(new Exit());
            case 't' -> toProcess(Signal.TERM);
            case 'k' -> toProcess(Signal.KILL);
            case 'h', 'l' -> toProcess(Signal.HUP);
            case 'i' -> toProcess(Signal.INT);
            case 'q' -> toProcess(Signal.QUIT);
            case 'a' -> toProcess(Signal.ALRM);
            case 'b' -> toProcess(Signal.ABRT);
            case '1' -> toProcess(Signal.USR1);
            case '2' -> toProcess(Signal.USR2);
            case 'y' -> toProcess(Signal.WINCH);
            case 'p' -> toProcess(Signal.STOP);
            case 'c' -> toProcess(Signal.CONT);
            case 'P' -> Optional.of(new Send(Signal.STOP, true));
            case 'C' -> Optional.of(new Send(Signal.CONT, true));
            case 'K' -> Optional.of(new Send(Signal.KILL, true));
            default -> Optional.empty();
        };
    }

    private static Optional<Letter> toProcess(Signal signal) {
        return Optional.of(new Send(signal, false));
    }
}
