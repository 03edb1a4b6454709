"""Right programs in four more languages, the same four tasks (see `planted.snippets`)."""

SECOND: dict[str, dict[str, str]] = {
    "go": {
        "count": """
package main

import (
	"fmt"
	"strings"
)

func countWords(text string) map[string]int {
	counts := make(map[string]int)
	for _, word := range strings.Fields(strings.ToLower(text)) {
		counts[word]++
	}
	return counts
}

func main() {
	fmt.Println(countWords("The cat saw the dog"))
}
""",
        "search": """
func binarySearch(items []int, wanted int) (int, bool) {
	low, high := 0, len(items)-1
	for low <= high {
		middle := (low + high) / 2
		switch {
		case items[middle] == wanted:
			return middle, true
		case items[middle] < wanted:
			low = middle + 1
		default:
			high = middle - 1
		}
	}
	return 0, false
}
""",
        "account": """
package bank

import "errors"

var ErrFunds = errors.New("insufficient funds")

type Account struct {
	Owner string
	cents int64
}

func (a *Account) Withdraw(amount int64) error {
	if amount > a.cents {
		return ErrFunds
	}
	a.cents -= amount
	return nil
}
""",
        "primes": """
func primesUpTo(limit int) []int {
	crossed := make([]bool, limit+1)
	var primes []int
	for n := 2; n <= limit; n++ {
		if crossed[n] {
			continue
		}
		primes = append(primes, n)
		for m := n * n; m <= limit; m += n {
			crossed[m] = true
		}
	}
	return primes
}
""",
    },
    "rust": {
        "count": """
use std::collections::HashMap;

fn count_words(text: &str) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    for word in text.split_whitespace() {
        *counts.entry(word.to_lowercase()).or_insert(0) += 1;
    }
    counts
}

fn main() {
    println!("{:?}", count_words("The cat saw the dog"));
}
""",
        "search": """
fn binary_search(items: &[i32], wanted: i32) -> Option<usize> {
    let (mut low, mut high) = (0, items.len());
    while low < high {
        let middle = low + (high - low) / 2;
        match items[middle].cmp(&wanted) {
            std::cmp::Ordering::Equal => return Some(middle),
            std::cmp::Ordering::Less => low = middle + 1,
            std::cmp::Ordering::Greater => high = middle,
        }
    }
    None
}
""",
        "account": """
#[derive(Debug)]
pub enum Error {
    InsufficientFunds { missing: u64 },
}

pub struct Account {
    owner: String,
    cents: u64,
}

impl Account {
    pub fn withdraw(&mut self, amount: u64) -> Result<(), Error> {
        if amount > self.cents {
            return Err(Error::InsufficientFunds { missing: amount - self.cents });
        }
        self.cents -= amount;
        Ok(())
    }
}
""",
        "primes": """
pub fn primes_up_to(limit: usize) -> Vec<usize> {
    let mut crossed = vec![false; limit + 1];
    let mut primes = Vec::new();
    for n in 2..=limit {
        if crossed[n] {
            continue;
        }
        primes.push(n);
        for m in (n * n..=limit).step_by(n) {
            crossed[m] = true;
        }
    }
    primes
}
""",
    },
    "ruby": {
        "count": """
def count_words(text)
  text.downcase.scan(/[a-z']+/).tally
end

count_words("The cat saw the dog").each do |word, times|
  puts "#{word}: #{times}"
end
""",
        "search": """
def binary_search(items, wanted)
  low = 0
  high = items.length - 1
  while low <= high
    middle = (low + high) / 2
    return middle if items[middle] == wanted

    if items[middle] < wanted
      low = middle + 1
    else
      high = middle - 1
    end
  end
  nil
end
""",
        "account": """
class Account
  class InsufficientFunds < StandardError; end

  attr_reader :owner, :balance

  def initialize(owner)
    @owner = owner
    @balance = 0
  end

  def withdraw(amount)
    raise InsufficientFunds, "only #{balance} left" if amount > balance

    @balance -= amount
  end
end
""",
        "primes": """
def primes_up_to(limit)
  (2..limit).reject do |n|
    (2..Math.sqrt(n)).any? { |d| (n % d).zero? }
  end
end

puts primes_up_to(50).join(", ")
""",
    },
    "php": {
        "count": """
<?php

declare(strict_types=1);

function countWords(string $text): array
{
    $words = preg_split('/\\W+/', strtolower($text), -1, PREG_SPLIT_NO_EMPTY);
    return array_count_values($words);
}

print_r(countWords('The cat saw the dog'));
""",
        "search": """
<?php

function binarySearch(array $items, int $wanted): ?int
{
    $low = 0;
    $high = count($items) - 1;
    while ($low <= $high) {
        $middle = intdiv($low + $high, 2);
        if ($items[$middle] === $wanted) {
            return $middle;
        }
        if ($items[$middle] < $wanted) {
            $low = $middle + 1;
        } else {
            $high = $middle - 1;
        }
    }
    return null;
}
""",
        "account": """
<?php

final class Account
{
    private int $cents = 0;

    public function __construct(private readonly string $owner)
    {
    }

    public function withdraw(int $amount): void
    {
        if ($amount > $this->cents) {
            throw new RuntimeException("{$this->owner} has too little");
        }
        $this->cents -= $amount;
    }
}
""",
        "primes": """
<?php

function primesUpTo(int $limit): array
{
    $primes = [];
    for ($n = 2; $n <= $limit; $n++) {
        foreach ($primes as $prime) {
            if ($n % $prime === 0) {
                continue 2;
            }
        }
        $primes[] = $n;
    }
    return $primes;
}
""",
    },
}
