package muster.gossip;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * A regular expression as Go's RE2 reads it, found anywhere in a text. It comes from strangers, so it must not be able to
 * take long: all ways through it are followed at once, in time proportional to text times expression, where
 * {@code java.util.regex} may take exponential time.
 *
 * <p>Reads all of RE2 but Unicode classes ({@code \p}), {@code \Q} and {@code \C}.
 */
public final class Expression {
    /** Steps after repetitions are unfolded. A tag has 512 bytes at most, so a search takes some million steps at the worst. */
    static final int STEPS_MAX = 4_096;

    /** RE2's limit on a counted repetition. */
    private static final int REPEAT_MAX = 1_000;

    /** Groups within groups. */
    private static final int DEPTH_MAX = 64;

    private final List<Step> steps;

    private Expression(List<Step> steps) {
        this.steps = List.copyOf(steps);
    }

    /** One step of the machine; distances are relative to the step itself. */
    private sealed interface Step {
        /** Takes one character. */
        record One(IntPredicate accepts) implements Step {}

        /** Goes on at two places; at one, if they are the same. */
        record Both(int first, int second) implements Step {}

        /** Goes on where this place in the text is meant. */
        record At(Place place) implements Step {}
    }

    private enum Place {
        TEXT_START,
        TEXT_END,
        LINE_START,
        LINE_END,
        WORD_EDGE,
        WORD_INSIDE
    }

    /** Null when it is no expression, or too large a one. */
    public static @Nullable Expression compile(String source) {
        var parser = new Parser(source.codePoints().toArray());
        List<Step> steps = parser.alternatives(0);
        return parser.failed || !parser.atEnd() ? null : new Expression(steps);
    }

    /** Its steps, with repetitions unfolded: a search takes so many for each character of the text at the worst. */
    public int size() {
        return steps.size();
    }

    /** Whether it matches anywhere in the text. */
    public boolean foundIn(String text) {
        int[] characters = text.codePoints().toArray();
        var now = new BitSet(steps.size() + 1);
        var waiting = new int[2 * steps.size() + 2];
        for (int at = 0; at <= characters.length; at++) {
            // It may begin anywhere.
            reach(now, 0, characters, at, waiting);
            if (now.get(steps.size())) {
                return true;
            }
            if (at < characters.length) {
                now = advance(now, characters, at, waiting);
            }
        }
        return false;
    }

    private BitSet advance(BitSet now, int[] characters, int at, int[] waiting) {
        var next = new BitSet(steps.size() + 1);
        for (int step = now.nextSetBit(0); step >= 0; step = now.nextSetBit(step + 1)) {
            if (steps.get(step) instanceof Step.One(IntPredicate accepts) && accepts.test(characters[at])) {
                reach(next, step + 1, characters, at + 1, waiting);
            }
        }
        return next;
    }

    /** Marks this step and all that can be reached from it without taking a character; {@code waiting} is for scribbling. */
    private void reach(BitSet reached, int from, int[] characters, int at, int[] waiting) {
        int count = 0;
        waiting[count++] = from;
        while (count > 0) {
            int step = waiting[--count];
            if (reached.get(step)) {
                continue;
            }
            reached.set(step);
            if (step == steps.size()) {
                continue;
            }
            switch (steps.get(step)) {
                case Step.One one -> {}
                case Step.Both(int first, int second) -> {
                    waiting[count++] = step + first;
                    waiting[count++] = step + second;
                }
                case Step.At(Place place) -> {
                    if (isAt(place, characters, at)) {
                        waiting[count++] = step + 1;
                    }
                }
            }
        }
    }

    private static boolean isAt(Place place, int[] text, int at) {
        return switch (place) {
            case TEXT_START -> at == 0;
            case TEXT_END -> at == text.length;
            case LINE_START -> at == 0 || text[at - 1] == '\n';
            case LINE_END -> at == text.length || text[at] == '\n';
            case WORD_EDGE -> edge(text, at);
            case WORD_INSIDE -> !edge(text, at);
        };
    }

    private static boolean edge(int[] text, int at) {
        boolean before = at > 0 && isWord(text[at - 1]);
        boolean behind = at < text.length && isWord(text[at]);
        return before != behind;
    }

    private static boolean isDigit(int c) {
        return c >= '0' && c <= '9';
    }

    private static boolean isSpace(int c) {
        return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
    }

    private static boolean isLower(int c) {
        return c >= 'a' && c <= 'z';
    }

    private static boolean isUpper(int c) {
        return c >= 'A' && c <= 'Z';
    }

    private static boolean isWord(int c) {
        return isLower(c) || isUpper(c) || isDigit(c) || c == '_';
    }

    /** Recursive descent; each method gives the steps of what it read, which can be moved and repeated as they are. */
    private static final class Parser {
        private static final int END = -1;

        private final int[] source;
        private int position;
        private boolean failed;
        private boolean ignoreCase;
        private boolean manyLines;
        private boolean dotTakesNewline;

        Parser(int[] source) {
            this.source = source;
        }

        boolean atEnd() {
            return position == source.length;
        }

        private int peek() {
            return atEnd() ? END : source[position];
        }

        private boolean take(int wanted) {
            boolean there = peek() == wanted;
            position += there ? 1 : 0;
            return there;
        }

        private boolean take(String wanted) {
            int length = wanted.length();
            for (int i = 0; i < length; i++) {
                if (position + i >= source.length || source[position + i] != wanted.charAt(i)) {
                    return false;
                }
            }
            position += length;
            return true;
        }

        private List<Step> fail() {
            failed = true;
            return List.of();
        }

        private List<Step> limited(List<Step> steps) {
            return steps.size() > STEPS_MAX ? fail() : steps;
        }

        List<Step> alternatives(int depth) {
            List<Step> all = sequence(depth);
            while (!failed && take('|')) {
                all = either(all, sequence(depth));
            }
            return all;
        }

        private List<Step> either(List<Step> one, List<Step> other) {
            var steps = new ArrayList<Step>();
            steps.add(new Step.Both(1, one.size() + 2));
            steps.addAll(one);
            steps.add(new Step.Both(other.size() + 1, other.size() + 1));
            steps.addAll(other);
            return limited(steps);
        }

        private List<Step> sequence(int depth) {
            var steps = new ArrayList<Step>();
            while (!failed && !atEnd() && peek() != '|' && peek() != ')') {
                steps.addAll(repeated(depth));
                if (steps.size() > STEPS_MAX) {
                    return fail();
                }
            }
            return steps;
        }

        private List<Step> repeated(int depth) {
            List<Step> steps = atom(depth);
            boolean again = false;
            while (!failed) {
                int least;
                int most; // END: no limit
                int before = position;
                if (take('*')) {
                    least = 0;
                    most = END;
                } else if (take('+')) {
                    least = 1;
                    most = END;
                } else if (take('?')) {
                    least = 0;
                    most = 1;
                } else {
                    int[] counts = counts();
                    if (counts.length == 0) {
                        return steps;
                    }
                    least = counts[0];
                    most = counts[1];
                }
                take('?'); // prefers less: makes no difference to whether it is found
                // RE2 refuses a** as a slip of the pen.
                steps = again && before > 0 ? fail() : times(steps, least, most);
                again = true;
            }
            return steps;
        }

        /** {n}, {n,} or {n,m}; empty, and nothing read, when it is none of them: then the brace means itself. */
        private int[] counts() {
            int start = position;
            if (take('{')) {
                int least = number();
                int most = least;
                if (least >= 0 && take(',')) {
                    most = peek() == '}' ? END : number();
                    if (most == END && peek() != '}') {
                        least = END;
                    }
                }
                if (least >= 0 && take('}')) {
                    if (least > REPEAT_MAX || most > REPEAT_MAX || (most >= 0 && most < least)) {
                        failed = true;
                    }
                    return new int[] {least, most};
                }
            }
            position = start;
            return new int[0];
        }

        /** -1 when there is none. */
        private int number() {
            int value = END;
            while (isDigit(peek()) && value <= REPEAT_MAX) {
                value = Math.max(value, 0) * 10 + source[position++] - '0';
            }
            return value;
        }

        private List<Step> times(List<Step> one, int least, int most) {
            int copies = most == END ? Math.max(least, 1) : most;
            if (failed || (long) copies * (one.size() + 1) > STEPS_MAX) {
                return fail();
            }
            var steps = new ArrayList<Step>();
            int certain = most == END && least > 0 ? least - 1 : least;
            for (int i = 0; i < certain; i++) {
                steps.addAll(one);
            }
            if (most != END) {
                for (int i = certain; i < most; i++) {
                    steps.add(new Step.Both(1, one.size() + 1));
                    steps.addAll(one);
                }
            } else if (least > 0) {
                steps.addAll(one);
                steps.add(new Step.Both(-one.size(), 1));
            } else {
                steps.add(new Step.Both(1, one.size() + 2));
                steps.addAll(one);
                steps.add(new Step.Both(-one.size() - 1, -one.size() - 1));
            }
            return limited(steps);
        }

        private List<Step> atom(int depth) {
            int c = source[position++];
            return switch (c) {
                case '(' -> group(depth);
                case '[' -> List.of(one(set()));
                case '.' -> {
                    boolean all = dotTakesNewline;
                    yield List.of(new Step.One(x -> all || x != '\n'));
                }
                case '^' -> List.of(new Step.At(manyLines ? Place.LINE_START : Place.TEXT_START));
                case '$' -> List.of(new Step.At(manyLines ? Place.LINE_END : Place.TEXT_END));
                case '*', '+', '?' -> fail();
                case '\\' -> escape();
                default -> List.of(one(x -> x == c));
            };
        }

        /** One character; in either case when case does not matter. */
        private Step one(IntPredicate accepts) {
            return new Step.One(
                    ignoreCase
                            ? x -> accepts.test(x)
                                    || accepts.test(Character.toLowerCase(x))
                                    || accepts.test(Character.toUpperCase(x))
                            : accepts);
        }

        private List<Step> group(int depth) {
            if (depth == DEPTH_MAX) {
                return fail();
            }
            boolean caseBefore = ignoreCase;
            boolean linesBefore = manyLines;
            boolean dotBefore = dotTakesNewline;
            if (take("?P<") || take("?<")) {
                while (isWord(peek())) {
                    position++;
                }
                if (!take('>')) {
                    return fail();
                }
            } else if (take('?') && flags()) {
                return List.of(); // (?i) holds up to the end of the group around it
            }
            List<Step> inside = failed ? List.of() : alternatives(depth + 1);
            ignoreCase = caseBefore;
            manyLines = linesBefore;
            dotTakesNewline = dotBefore;
            return take(')') ? inside : fail();
        }

        /** The flags behind (?; true when that was all of the group. */
        private boolean flags() {
            boolean on = true;
            while (!failed) {
                int c = peek();
                position++;
                switch (c) {
                    case 'i' -> ignoreCase = on;
                    case 'm' -> manyLines = on;
                    case 's' -> dotTakesNewline = on;
                    case 'U' -> {} // what is preferred makes no difference here
                    case '-' -> {
                        failed = !on;
                        on = false;
                    }
                    case ':' -> {
                        return false;
                    }
                    case ')' -> {
                        return true;
                    }
                    default -> failed = true;
                }
            }
            return false;
        }

        private List<Step> escape() {
            switch (peek()) {
                case 'A' -> {
                    position++;
                    return List.of(new Step.At(Place.TEXT_START));
                }
                case 'z' -> {
                    position++;
                    return List.of(new Step.At(Place.TEXT_END));
                }
                case 'b' -> {
                    position++;
                    return List.of(new Step.At(Place.WORD_EDGE));
                }
                case 'B' -> {
                    position++;
                    return List.of(new Step.At(Place.WORD_INSIDE));
                }
                default -> {}
            }
            IntPredicate kind = kind();
            if (kind != null) {
                return List.of(new Step.One(kind));
            }
            int c = character();
            return failed ? List.of() : List.of(one(x -> x == c));
        }

        /** What {@code \d} and its like stand for, read; null when it is something else. */
        private @Nullable IntPredicate kind() {
            IntPredicate kind = switch (peek()) {
                case 'd' -> Expression::isDigit;
                case 'D' -> x -> !isDigit(x);
                case 's' -> Expression::isSpace;
                case 'S' -> x -> !isSpace(x);
                case 'w' -> Expression::isWord;
                case 'W' -> x -> !isWord(x);
                default -> null;
            };
            position += kind == null ? 0 : 1;
            return kind;
        }

        /** The one character behind a backslash. */
        private int character() {
            int c = peek();
            position++;
            return switch (c) {
                case 't' -> '\t';
                case 'n' -> '\n';
                case 'r' -> '\r';
                case 'f' -> '\f';
                case 'v' -> 0x0b;
                case 'a' -> 0x07;
                case 'x' -> hexadecimal();
                default -> {
                    failed |= c == END || isWord(c);
                    yield c;
                }
            };
        }

        private int hexadecimal() {
            boolean braces = take('{');
            int value = 0;
            int digits = 0;
            while (digits < (braces ? 6 : 2) && Character.digit(peek(), 16) >= 0) {
                value = value * 16 + Character.digit(source[position++], 16);
                digits++;
            }
            failed |= braces ? digits == 0 || !take('}') || value > Character.MAX_CODE_POINT : digits != 2;
            return value;
        }

        /** What is between brackets. */
        private IntPredicate set() {
            boolean not = take('^');
            IntPredicate all = x -> false;
            boolean first = true;
            while (!failed && (first || peek() != ']')) {
                if (atEnd()) {
                    failed = true;
                    break;
                }
                all = all.or(member());
                first = false;
            }
            failed |= !take(']');
            return not ? all.negate() : all;
        }

        private IntPredicate member() {
            if (take("[:")) {
                return named();
            }
            if (peek() == '\\') {
                position++;
                IntPredicate kind = kind();
                if (kind != null) {
                    return kind;
                }
                position--;
            }
            int low = setCharacter();
            boolean range = peek() == '-' && position + 1 < source.length && source[position + 1] != ']';
            if (!range) {
                return x -> x == low;
            }
            position++;
            int high = setCharacter();
            failed |= high < low;
            return x -> x >= low && x <= high;
        }

        private int setCharacter() {
            if (take('\\')) {
                return character();
            }
            int c = peek();
            failed |= c == END;
            position++;
            return c;
        }

        private IntPredicate named() {
            boolean not = take('^');
            var name = new StringBuilder();
            while (isLower(peek())) {
                name.appendCodePoint(source[position++]);
            }
            failed |= !take(":]");
            IntPredicate kind = switch (name.toString()) {
                case "alnum" -> x -> isLower(x) || isUpper(x) || isDigit(x);
                case "alpha" -> x -> isLower(x) || isUpper(x);
                case "ascii" -> x -> x < 128;
                case "blank" -> x -> x == ' ' || x == '\t';
                case "cntrl" -> x -> x < ' ' || x == 127;
                case "digit" -> Expression::isDigit;
                case "graph" -> x -> x > ' ' && x < 127;
                case "lower" -> Expression::isLower;
                case "print" -> x -> x >= ' ' && x < 127;
                case "punct" -> x -> x > ' ' && x < 127 && (!isWord(x) || x == '_');
                case "space" -> x -> isSpace(x) || x == 0x0b;
                case "upper" -> Expression::isUpper;
                case "word" -> Expression::isWord;
                case "xdigit" -> x -> Character.digit(x, 16) >= 0 && x < 128;
                default -> {
                    failed = true;
                    yield x -> false;
                }
            };
            return not ? kind.negate() : kind;
        }
    }
}
