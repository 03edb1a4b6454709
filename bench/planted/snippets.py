"""Right programs in four languages, for four tasks each. Raw text, as models write it inside a fence."""

TASKS = {
    "count": ("counts how often each word occurs in a text", "文章に出てくる単語の回数を数える"),
    "search": ("finds a number in a sorted list by binary search", "整列済みの配列から二分探索で数を探す"),
    "account": ("models a bank account that refuses overdrafts", "残高不足の引き出しを拒む口座を表す"),
    "primes": ("lists the prime numbers up to a bound", "上限までの素数を並べる"),
}

FIRST: dict[str, dict[str, str]] = {
    "python": {
        "count": '''
from collections import Counter


def count_words(text: str) -> Counter[str]:
    """Count the words of a text, ignoring case."""
    words = (word.strip(".,;:!?").lower() for word in text.split())
    return Counter(word for word in words if word)


if __name__ == "__main__":
    for word, times in count_words("The cat saw the dog.").most_common():
        print(f"{word}: {times}")
''',
        "search": """
def binary_search(items, wanted):
    low, high = 0, len(items) - 1
    while low <= high:
        middle = (low + high) // 2
        if items[middle] == wanted:
            return middle
        if items[middle] < wanted:
            low = middle + 1
        else:
            high = middle - 1
    return -1


print(binary_search([1, 3, 5, 8, 13], 8))
""",
        "account": """
class InsufficientFunds(Exception):
    pass


class Account:
    def __init__(self, owner, balance=0):
        self.owner = owner
        self.balance = balance

    def deposit(self, amount):
        if amount <= 0:
            raise ValueError("the amount must be positive")
        self.balance += amount

    def withdraw(self, amount):
        if amount > self.balance:
            raise InsufficientFunds(f"{self.owner} has only {self.balance}")
        self.balance -= amount
""",
        "primes": """
def primes_up_to(limit):
    # Sieve of Eratosthenes: cross out the multiples of each prime.
    is_prime = [True] * (limit + 1)
    is_prime[0:2] = [False, False]
    for n in range(2, int(limit ** 0.5) + 1):
        if is_prime[n]:
            for multiple in range(n * n, limit + 1, n):
                is_prime[multiple] = False
    return [n for n, prime in enumerate(is_prime) if prime]
""",
    },
    "javascript": {
        "count": """
function countWords(text) {
  const counts = new Map();
  for (const word of text.toLowerCase().match(/[a-z']+/g) ?? []) {
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return counts;
}

console.log([...countWords("The cat saw the dog")]);
""",
        "search": """
const binarySearch = (items, wanted) => {
  let low = 0;
  let high = items.length - 1;
  while (low <= high) {
    const middle = Math.floor((low + high) / 2);
    if (items[middle] === wanted) return middle;
    if (items[middle] < wanted) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
};

module.exports = { binarySearch };
""",
        "account": """
class Account {
  #balance = 0;

  deposit(amount) {
    if (amount <= 0) throw new RangeError("amount must be positive");
    this.#balance += amount;
    return this;
  }

  withdraw(amount) {
    if (amount > this.#balance) throw new Error("insufficient funds");
    this.#balance -= amount;
    return this;
  }

  get balance() {
    return this.#balance;
  }
}
""",
        "primes": """
function primesUpTo(limit) {
  const crossed = new Array(limit + 1).fill(false);
  const primes = [];
  for (let n = 2; n <= limit; n++) {
    if (crossed[n]) continue;
    primes.push(n);
    for (let m = n * n; m <= limit; m += n) crossed[m] = true;
  }
  return primes;
}
""",
    },
    "typescript": {
        "count": """
type Counts = Record<string, number>;

export function countWords(text: string): Counts {
  const counts: Counts = {};
  for (const word of text.toLowerCase().split(/\\W+/).filter(Boolean)) {
    counts[word] = (counts[word] ?? 0) + 1;
  }
  return counts;
}
""",
        "search": """
export function binarySearch(items: readonly number[], wanted: number): number {
  let low = 0;
  let high = items.length - 1;
  while (low <= high) {
    const middle: number = (low + high) >> 1;
    if (items[middle] === wanted) {
      return middle;
    }
    if (items[middle] < wanted) {
      low = middle + 1;
    } else {
      high = middle - 1;
    }
  }
  return -1;
}
""",
        "account": """
interface Entry {
  readonly amount: number;
  readonly at: Date;
}

export class Account {
  private entries: Entry[] = [];

  get balance(): number {
    return this.entries.reduce((sum, entry) => sum + entry.amount, 0);
  }

  post(amount: number): void {
    if (this.balance + amount < 0) {
      throw new Error("insufficient funds");
    }
    this.entries = [...this.entries, { amount, at: new Date() }];
  }
}
""",
        "primes": """
function* primes(limit: number): Generator<number> {
  const known: number[] = [];
  for (let n = 2; n <= limit; n++) {
    if (known.every((p: number) => n % p !== 0)) {
      known.push(n);
      yield n;
    }
  }
}

const all: number[] = Array.from(primes(50));
""",
    },
    "java": {
        "count": """
import java.util.Map;
import java.util.TreeMap;

public class WordCount {
    public static Map<String, Integer> count(String text) {
        Map<String, Integer> counts = new TreeMap<>();
        for (String word : text.toLowerCase().split("\\\\W+")) {
            if (!word.isEmpty()) {
                counts.merge(word, 1, Integer::sum);
            }
        }
        return counts;
    }

    public static void main(String[] args) {
        count("The cat saw the dog").forEach((word, times) -> System.out.println(word + ": " + times));
    }
}
""",
        "search": """
public static int binarySearch(int[] items, int wanted) {
    int low = 0;
    int high = items.length - 1;
    while (low <= high) {
        int middle = (low + high) >>> 1;
        if (items[middle] == wanted) {
            return middle;
        } else if (items[middle] < wanted) {
            low = middle + 1;
        } else {
            high = middle - 1;
        }
    }
    return -1;
}
""",
        "account": """
public final class Account {
    private long cents;

    public void deposit(long amount) {
        if (amount <= 0) {
            throw new IllegalArgumentException("amount must be positive");
        }
        cents += amount;
    }

    public void withdraw(long amount) {
        if (amount > cents) {
            throw new IllegalStateException("insufficient funds");
        }
        cents -= amount;
    }

    public long balance() {
        return cents;
    }
}
""",
        "primes": """
import java.util.ArrayList;
import java.util.List;

class Primes {
    static List<Integer> upTo(int limit) {
        boolean[] crossed = new boolean[limit + 1];
        List<Integer> primes = new ArrayList<>();
        for (int n = 2; n <= limit; n++) {
            if (!crossed[n]) {
                primes.add(n);
                for (long m = (long) n * n; m <= limit; m += n) {
                    crossed[(int) m] = true;
                }
            }
        }
        return primes;
    }
}
""",
    },
}
