"""Right programs in four more languages, the same four tasks (see `planted.snippets`)."""

THIRD: dict[str, dict[str, str]] = {
    "c": {
        "count": """
#include <ctype.h>
#include <stdio.h>

int count_words(const char *text) {
    int words = 0, inside = 0;
    for (; *text; text++) {
        if (isspace((unsigned char)*text)) {
            inside = 0;
        } else if (!inside) {
            inside = 1;
            words++;
        }
    }
    return words;
}

int main(void) {
    printf("%d\\n", count_words("The cat saw the dog"));
    return 0;
}
""",
        "search": """
#include <stddef.h>

long binary_search(const int *items, size_t count, int wanted) {
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (items[middle] == wanted) {
            return (long)middle;
        }
        if (items[middle] < wanted) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return -1;
}
""",
        "account": """
#include <stdbool.h>
#include <stdlib.h>

struct account {
    char owner[64];
    long cents;
};

bool withdraw(struct account *a, long amount) {
    if (amount <= 0 || amount > a->cents) {
        return false;
    }
    a->cents -= amount;
    return true;
}
""",
        "primes": """
#include <stdio.h>
#include <stdlib.h>

void print_primes(int limit) {
    char *crossed = calloc(limit + 1, 1);
    for (int n = 2; n <= limit; n++) {
        if (crossed[n]) continue;
        printf("%d\\n", n);
        for (long m = (long)n * n; m <= limit; m += n) crossed[m] = 1;
    }
    free(crossed);
}
""",
    },
    "cpp": {
        "count": """
#include <iostream>
#include <map>
#include <sstream>
#include <string>

int main() {
    std::istringstream text("the cat saw the dog");
    std::map<std::string, int> counts;
    for (std::string word; text >> word;) {
        ++counts[word];
    }
    for (const auto& [word, times] : counts) {
        std::cout << word << ": " << times << '\\n';
    }
}
""",
        "search": """
#include <optional>
#include <vector>

std::optional<std::size_t> binary_search(const std::vector<int>& items, int wanted) {
    std::size_t low = 0, high = items.size();
    while (low < high) {
        auto middle = low + (high - low) / 2;
        if (items[middle] == wanted) return middle;
        if (items[middle] < wanted) low = middle + 1;
        else high = middle;
    }
    return std::nullopt;
}
""",
        "account": """
#include <stdexcept>
#include <string>
#include <utility>

class Account {
public:
    explicit Account(std::string owner) : owner_(std::move(owner)) {}

    void deposit(long cents) { cents_ += cents; }

    void withdraw(long cents) {
        if (cents > cents_) {
            throw std::runtime_error("insufficient funds: " + owner_);
        }
        cents_ -= cents;
    }

private:
    std::string owner_;
    long cents_ = 0;
};
""",
        "primes": """
#include <vector>

template <typename Int>
std::vector<Int> primes_up_to(Int limit) {
    std::vector<bool> crossed(limit + 1, false);
    std::vector<Int> primes;
    for (Int n = 2; n <= limit; ++n) {
        if (crossed[n]) continue;
        primes.push_back(n);
        for (Int m = n * n; m <= limit; m += n) crossed[m] = true;
    }
    return primes;
}
""",
    },
    "kotlin": {
        "count": """
fun countWords(text: String): Map<String, Int> =
    text.lowercase()
        .split(Regex("\\\\W+"))
        .filter { it.isNotBlank() }
        .groupingBy { it }
        .eachCount()

fun main() {
    println(countWords("The cat saw the dog"))
}
""",
        "search": """
fun binarySearch(items: List<Int>, wanted: Int): Int? {
    var low = 0
    var high = items.lastIndex
    while (low <= high) {
        val middle = (low + high) / 2
        when {
            items[middle] == wanted -> return middle
            items[middle] < wanted -> low = middle + 1
            else -> high = middle - 1
        }
    }
    return null
}
""",
        "account": """
class Account(val owner: String) {
    var cents: Long = 0
        private set

    fun deposit(amount: Long) {
        require(amount > 0) { "amount must be positive" }
        cents += amount
    }

    fun withdraw(amount: Long) {
        check(amount <= cents) { "$owner has too little" }
        cents -= amount
    }
}
""",
        "primes": """
fun primesUpTo(limit: Int): List<Int> {
    val crossed = BooleanArray(limit + 1)
    val primes = mutableListOf<Int>()
    for (n in 2..limit) {
        if (crossed[n]) continue
        primes += n
        for (m in n * n..limit step n) crossed[m] = true
    }
    return primes
}
""",
    },
    "swift": {
        "count": """
import Foundation

func countWords(in text: String) -> [String: Int] {
    var counts: [String: Int] = [:]
    for word in text.lowercased().split(separator: " ") {
        counts[String(word), default: 0] += 1
    }
    return counts
}

print(countWords(in: "The cat saw the dog"))
""",
        "search": """
func binarySearch<T: Comparable>(_ items: [T], for wanted: T) -> Int? {
    var low = 0
    var high = items.count - 1
    while low <= high {
        let middle = (low + high) / 2
        if items[middle] == wanted {
            return middle
        } else if items[middle] < wanted {
            low = middle + 1
        } else {
            high = middle - 1
        }
    }
    return nil
}
""",
        "account": """
struct Account {
    enum Failure: Error {
        case insufficientFunds(missing: Int)
    }

    let owner: String
    private(set) var cents = 0

    mutating func withdraw(_ amount: Int) throws {
        guard amount <= cents else {
            throw Failure.insufficientFunds(missing: amount - cents)
        }
        cents -= amount
    }
}
""",
        "primes": """
func primes(upTo limit: Int) -> [Int] {
    var crossed = Array(repeating: false, count: limit + 1)
    var primes: [Int] = []
    for n in 2...limit where !crossed[n] {
        primes.append(n)
        for m in stride(from: n * n, through: limit, by: n) {
            crossed[m] = true
        }
    }
    return primes
}
""",
    },
}
