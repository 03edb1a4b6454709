"""Right answers about code that look like wrong ones: words of placeholders, several languages, hardly any code."""
# ruff: noqa: E501

EXTRAS: dict[str, list[tuple[str, str, str]]] = {
    "en": [
        (
            "html",
            "Make an HTML form with a name field.",
            'The `placeholder` attribute shows a hint:\n\n```html\n<form action="/join" method="post">\n  <label for="name">Name'
            '</label>\n  <input id="name" name="name" placeholder="Your name">\n  <button>Join</button>\n</form>\n```',
        ),
        (
            "python",
            "Show me an abstract base class for shapes in Python.",
            "```python\nfrom abc import ABC, abstractmethod\n\n\nclass Shape(ABC):\n    @abstractmethod\n    def area(self) -> "
            "float: ...\n\n\nclass Square(Shape):\n    def __init__(self, side: float) -> None:\n        self.side = side\n\n"
            "    def area(self) -> float:\n        return self.side**2\n```\n\nA subclass without `area` cannot be created.",
        ),
        (
            "javascript",
            "Write a to-do list in JavaScript.",
            "```javascript\nconst todos = [];\n\nfunction addTodo(text) {\n  todos.push({ text, done: false });\n}\n\n"
            "function finish(index) {\n  todos[index] = { ...todos[index], done: true };\n}\n\naddTodo('water the plants');\n```",
        ),
        (
            "bash",
            "Rename all .txt files of a folder to .md with Bash.",
            '```bash\nfor file in *.txt; do\n  mv -- "$file" "${file%.txt}.md"\ndone\n```\n\nRun it inside the folder. '
            "`--` keeps names that begin with a dash from being read as options.",
        ),
        (
            "sql",
            "List the customers without an order in SQL.",
            "```sql\nSELECT c.id, c.name\nFROM customers AS c\nLEFT JOIN orders AS o ON o.customer_id = c.id\nWHERE o.id IS NULL\n"
            "ORDER BY c.name;\n```\n\nThe join keeps customers that have no order; for those, `o.id` is null.",
        ),
        (
            "python",
            "How do I read JSON in Python and what would the file look like?",
            'A file such as\n\n```json\n{"name": "Ada", "born": 1815}\n```\n\nis read like this:\n\n```python\nimport json\n\n'
            'with open("person.json", encoding="utf-8") as file:\n    person = json.load(file)\nprint(person["name"])\n```',
        ),
        (
            "rust",
            "Translate this Python to Rust: `sum(x * x for x in xs)`.",
            "The Python expression\n\n```python\nsum(x * x for x in xs)\n```\n\nbecomes\n\n```rust\nfn squares(xs: &[i64]) -> i64 "
            '{\n    xs.iter().map(|x| x * x).sum()\n}\n\nfn main() {\n    println!("{}", squares(&[1, 2, 3]));\n}\n```',
        ),
        (
            "haskell",
            "Quicksort in Haskell, please.",
            "```haskell\nquicksort :: Ord a => [a] -> [a]\nquicksort [] = []\nquicksort (p : xs) =\n  quicksort [x | x <- xs, x < p] "
            "++ [p] ++ quicksort [x | x <- xs, x >= p]\n```\n\nIt is short rather than fast: the lists are copied at each step.",
        ),
    ],
    "ja": [
        (
            "html",
            "名前の入力欄があるHTMLのフォームを作って。",
            '`placeholder`属性でヒントを表示できます。\n\n```html\n<form action="/join" method="post">\n  <label for="name">名前'
            '</label>\n  <input id="name" name="name" placeholder="山田太郎">\n  <button>参加する</button>\n</form>\n```',
        ),
        (
            "python",
            "Pythonで図形の抽象基底クラスを見せて。",
            "```python\nfrom abc import ABC, abstractmethod\n\n\nclass Shape(ABC):\n    @abstractmethod\n    def area(self) -> "
            "float:\n        raise NotImplementedError\n\n\nclass Square(Shape):\n    def __init__(self, side: float) -> None:\n"
            "        self.side = side\n\n    def area(self) -> float:\n        return self.side**2\n```\n\n"
            "`area`のないサブクラスは生成できません。",
        ),
        (
            "javascript",
            "JavaScriptでやることリストを書いて。",
            "```javascript\nconst todos = [];\n\nfunction addTodo(text) {\n  todos.push({ text, done: false });\n}\n\n"
            "function finish(index) {\n  todos[index] = { ...todos[index], done: true };\n}\n\naddTodo('水やり'); // 最初の項目\n```",
        ),
        (
            "bash",
            "Bashでフォルダ内の.txtをすべて.mdに変えたい。",
            '```bash\nfor file in *.txt; do\n  mv -- "$file" "${file%.txt}.md"\ndone\n```\n\n'
            "フォルダの中で実行してください。`--`は、ハイフンで始まる名前が引数と解釈されるのを防ぎます。",
        ),
        (
            "sql",
            "注文のない顧客をSQLで一覧にして。",
            "```sql\nSELECT c.id, c.name\nFROM customers AS c\nLEFT JOIN orders AS o ON o.customer_id = c.id\nWHERE o.id IS NULL\n"
            "ORDER BY c.name; -- 名前順\n```\n\n外部結合なので、注文のない顧客も残り、その行では`o.id`がNULLになります。",
        ),
        (
            "python",
            "PythonでJSONを読む方法は？ファイルの例も見たい。",
            '次のようなファイルを\n\n```json\n{"name": "Ada", "born": 1815}\n```\n\nこのように読み込みます。\n\n```python\nimport json\n\n'
            'with open("person.json", encoding="utf-8") as file:\n    person = json.load(file)\nprint(person["name"])\n```',
        ),
        (
            "rust",
            "Pythonの`sum(x * x for x in xs)`をRustに書き換えて。",
            "Pythonの式\n\n```python\nsum(x * x for x in xs)\n```\n\nは、Rustではこうなります。\n\n```rust\nfn squares(xs: &[i64]) -> i64 "
            '{\n    xs.iter().map(|x| x * x).sum()\n}\n\nfn main() {\n    println!("{}", squares(&[1, 2, 3]));\n}\n```',
        ),
        (
            "haskell",
            "Haskellでクイックソートを書いて。",
            "```haskell\nquicksort :: Ord a => [a] -> [a]\nquicksort [] = []\nquicksort (p : xs) =\n  quicksort [x | x <- xs, x < p] "
            "++ [p] ++ quicksort [x | x <- xs, x >= p]\n```\n\n速さよりも短さを取った書き方で、毎回リストを複製しています。",
        ),
    ],
}

ADVICE: dict[str, list[tuple[str, str, str]]] = {
    "en": [
        (
            "python",
            "When should I use a tuple in Python instead of a list?",
            "Use a tuple for a fixed number of values that belong together, such as `(x, y)`, and a list for a sequence that grows or "
            "shrinks. A tuple can be a key of a dictionary; a list cannot.",
        ),
        (
            "go",
            "What does `defer` do in Go?",
            "`defer` puts a call on a stack; the calls run when the function returns, the last one first. It is mostly used to close "
            "what was opened, for example `defer file.Close()`.",
        ),
    ],
    "ja": [
        (
            "python",
            "Pythonでリストではなくタプルを使うのはどんなときですか？",
            "`(x, y)`のように、個数の決まった値の組にはタプルを、増減する列にはリストを使います。タプルは辞書のキーになりますが、リストはなりません。",
        ),
        (
            "go",
            "Goの`defer`は何をしますか？",
            "`defer`は呼び出しを積んでおき、関数が終わるときに、後から積んだものの順に実行します。`defer file.Close()`のように、"
            "開いたものを閉じるためによく使われます。",
        ),
    ],
}
