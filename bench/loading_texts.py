# ruff: noqa: E501 - lists of words
"""Papers by the million that read like a company's: two languages, rare and common words, the same every time."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

RUSSIAN_GOODS = """стеллажи|погрузочные тележки|весовое оборудование|складские роботы|паллеты|поддоны|контейнеры|кабель силовой|
кабель оптический|трубы стальные|трубы полиэтиленовые|арматура|швеллер|двутавр|уголок стальной|лист оцинкованный|кирпич|
цемент|щебень|песок речной|бетон товарный|пиломатериалы|фанера|гипсокартон|утеплитель|черепица|битум|краска фасадная|
эмаль алкидная|грунтовка|герметик|насосы центробежные|насосы погружные|компрессоры|вентиляторы|кондиционеры|
теплообменники|котлы водогрейные|радиаторы|счётчики воды|электросчётчики|трансформаторы|выключатели автоматические|
светильники|прожекторы|аккумуляторы|генераторы|двигатели асинхронные|редукторы|подшипники|муфты|шестерни|ремни приводные|
гидроцилиндры|манометры|термометры|датчики давления|датчики температуры|контроллеры|мониторы|серверы|коммутаторы|
маршрутизаторы|принтеры|сканеры|картриджи|бумага офисная|кресла офисные|столы письменные|шкафы архивные|сейфы|жалюзи|
спецодежда|перчатки|каски защитные|респираторы|огнетушители|извещатели пожарные|видеокамеры|турникеты|шлагбаумы|домофоны|
мука пшеничная|сахар|рис|гречка|масло подсолнечное|молоко сухое|сыр твёрдый|творог|кефир|сметана|мясо говядины|филе куриное|
рыба мороженая|креветки|яблоки|груши|апельсины|бананы|картофель|морковь|капуста|томаты|огурцы|чай чёрный|кофе зерновой|
какао|шоколад|печенье|конфеты|вода минеральная|соки|удобрения|семена подсолнечника|комбикорм|шины грузовые|диски колёсные|
масло моторное|антифриз|фильтры воздушные|тормозные колодки|ткань хлопковая|пряжа|фурнитура|обувь рабочая|упаковка картонная|
плёнка стрейч|скотч|этикетки|бутылки стеклянные|крышки|канистры|перевозка сборных грузов|охрана склада|уборка помещений|
ремонт кровли|аудит отчётности|перевод документов|обучение персонала|аренда погрузчика|монтаж вентиляции|поверка приборов"""
RUSSIAN_CITIES = """Москва|Москва|Москва|Санкт-Петербург|Санкт-Петербург|Екатеринбург|Екатеринбург|Новосибирск|Казань|Самара|Омск|
Челябинск|Ростов-на-Дону|Уфа|Красноярск|Воронеж|Пермь|Волгоград|Краснодар|Саратов|Тюмень|Тольятти|Ижевск|Барнаул|Ульяновск|
Иркутск|Хабаровск|Ярославль|Владивосток|Махачкала|Томск|Оренбург|Кемерово|Рязань|Астрахань|Пенза|Липецк|Киров|Чебоксары|Тула|
Калининград|Курск|Улан-Удэ|Ставрополь|Сочи|Тверь|Магнитогорск|Иваново|Брянск|Белгород|Сургут|Владимир|Архангельск|Чита|Калуга|
Смоленск|Волжский|Якутск|Саранск|Череповец|Вологда|Курган|Орёл|Мурманск|Тамбов|Грозный|Стерлитамак|Петрозаводск|Кострома|
Нижневартовск|Новороссийск|Йошкар-Ола|Таганрог|Сыктывкар|Нальчик|Шахты|Дзержинск|Орск|Ангарск|Благовещенск|Псков|Бийск|
Рыбинск|Южно-Сахалинск|Норильск|Абакан|Миасс|Златоуст|Салават|Находка|Березники|Ковров|Элиста|Майкоп|Муром|Серов|Кинешма"""
RUSSIAN_NAMES = """Смирнов|Иванов|Кузнецов|Соколов|Попов|Лебедев|Козлов|Новиков|Морозов|Петров|Волков|Соловьёв|Васильев|Зайцев|
Павлов|Семёнов|Голубев|Виноградов|Богданов|Воробьёв|Фёдоров|Михайлов|Беляев|Тарасов|Белов|Комаров|Орлов|Киселёв|Макаров|Андреев|
Ковалёв|Ильин|Гусев|Титов|Кузьмин|Кудрявцев|Баранов|Куликов|Алексеев|Степанов|Яковлев|Сорокин|Сергеев|Романов|Захаров|Борисов|
Королёв|Герасимов|Пономарёв|Григорьев|Лазарев|Медведев|Ершов|Никитин|Соболев|Рябов|Поляков|Цветков|Данилов|Жуков|Фролов|Журавлёв|
Николаев|Крылов|Максимов|Сидоров|Осипов|Белоусов|Федотов|Дорофеев|Егоров|Матвеев|Бобров|Дмитриев|Калинин|Анисимов|Петухов|Антонов"""
RUSSIAN_FIRST = """Анна|Мария|Ольга|Елена|Ирина|Татьяна|Наталья|Светлана|Юлия|Дарья|Вера|Алексей|Андрей|Дмитрий|Иван|Игорь|Максим|
Михаил|Николай|Олег|Павел|Пётр|Роман|Сергей|Фёдор|Юрий|Артём|Борис|Вадим|Глеб"""
RUSSIAN_HEADS = """Северо|Южно|Восточно|Западно|Урал|Сиб|Волго|Дон|Нева|Балт|Кама|Обь|Енисей|Алтай|Байкал|Кубань|Крым|Кавказ|
Поморье|Мос|Спец|Пром|Тех|Энерго|Агро|Авто|Био|Веста|Гермес|Гранит|Диал|Евро|Инвест|Интер|Кристалл|Маг|Мега|Метал|Норд|Омега|
Орион|Партнёр|Прима|Прогресс|Рубин|Сатурн|Сигма|Стандарт|Старт|Сфера|Темп|Титан|Успех|Феникс|Фортуна|Центр|Эталон|Юпитер|Янтарь"""
RUSSIAN_TAILS = """торг|строй|снаб|сервис|монтаж|проект|маш|транс|логистик|комплект|сталь|лес|хим|нефть|газ|продукт|текстиль|мебель|
прибор|электро|оптика|связь|пак|свет|вент|тепло|вода|дор|мост|авиа|порт|склад|банк|холдинг|групп|трейд|ресурс|контракт|гарант|плюс"""
RUSSIAN_CLAUSES = (
    "Поставка осуществляется не позднее тридцати календарных дней с даты поступления аванса на расчётный счёт.",
    "Покупатель перечисляет аванс в размере тридцати процентов цены в течение пяти рабочих дней.",
    "Качество товара соответствует требованиям технических условий изготовителя и подтверждается паспортом.",
    "Гарантийный срок составляет двадцать четыре месяца с даты подписания акта приёма-передачи.",
    "За нарушение срока оплаты начисляется пеня в размере одной десятой процента за каждый день просрочки.",
    "Споры разрешаются переговорами, а при недостижении согласия передаются в арбитражный суд.",
    "Разгрузка производится силами получателя в течение четырёх часов с момента прибытия транспорта.",
    "Стороны освобождаются от ответственности при обстоятельствах непреодолимой силы.",
    "Недостатки, выявленные в течение гарантии, устраняются за счёт исполнителя в пятнадцатидневный срок.",
    "Исполнитель приступает к работам после подписания наряда-допуска и инструктажа по охране труда.",
    "Оплата производится по безналичному расчёту на основании счёта и закрывающих документов.",
    "Настоящий документ составлен в двух экземплярах, имеющих одинаковую юридическую силу.",
    "Конфиденциальные сведения не передаются третьим лицам без письменного согласия другой стороны.",
    "Страхование груза на время перевозки оформляет отправитель за свой счёт.",
    "Замечания к объёму и качеству услуг отсутствуют, стороны претензий друг к другу не имеют.",
    "Просим подтвердить получение и сообщить удобное время отгрузки ответственному сотруднику.",
)
ENGLISH_GOODS = """pallet racks|forklift trucks|weighing scales|warehouse robots|steel pipes|copper cable|fibre optic cable|cement bags|
plywood sheets|roof tiles|exterior paint|water pumps|air compressors|heat exchangers|boilers|transformers|circuit breakers|
floodlights|batteries|diesel generators|gearboxes|ball bearings|drive belts|pressure gauges|temperature sensors|controllers|
servers|network switches|routers|printers|scanners|office chairs|filing cabinets|safes|workwear|safety helmets|respirators|
fire extinguishers|turnstiles|wheat flour|sugar|rice|sunflower oil|milk powder|hard cheese|frozen fish|shrimps|apples|oranges|
potatoes|black tea|coffee beans|chocolate|biscuits|mineral water|fertilisers|truck tyres|engine oil|air filters|brake pads|
cotton fabric|yarn|stretch film|labels|glass bottles|canisters|freight forwarding|security services|cleaning services|
roof repair|annual audit|translation|staff training|forklift rental|ventilation works|instrument calibration"""
ENGLISH_CITIES = """London|London|Manchester|Leeds|Bristol|Glasgow|Edinburgh|Dublin|Cardiff|Liverpool|Sheffield|Leicester|Coventry|
Belfast|Nottingham|Newcastle|Southampton|Portsmouth|Derby|Plymouth|Rotterdam|Antwerp|Hamburg|Gdansk|Riga|Tallinn|Helsinki|Oslo|
Stockholm|Gothenburg|Copenhagen|Aarhus|Vienna|Zurich|Geneva|Lyon|Marseille|Valencia|Porto|Genoa|Trieste|Izmir|Mumbai|Shenzhen"""
ENGLISH_NAMES = """Smith|Jones|Taylor|Brown|Williams|Wilson|Johnson|Davies|Robinson|Wright|Thompson|Evans|Walker|White|Roberts|Green|
Hall|Wood|Jackson|Clarke|Harris|Lewis|Young|Cooper|King|Baker|Turner|Hill|Scott|Moore|Ward|Watson|Parker|Price|Bennett|Gray|Cook|
Shaw|Mitchell|Phillips|Richardson|Marshall|Collins|Carter|Murphy|Bailey|Cox|Ellis|Fletcher|Holmes|Palmer|Rogers|Webb|Barker"""
ENGLISH_FIRST = """James|Oliver|Harry|George|Noah|Jack|Leo|Oscar|Arthur|Emma|Olivia|Amelia|Isla|Ava|Ivy|Freya|Lily|Florence|Mia|Willow"""
ENGLISH_HEADS = """North|South|East|West|Atlantic|Baltic|Celtic|Crown|Harbour|Highland|Iron|Lake|Maple|Meridian|Oak|Pioneer|Prime|
River|Royal|Silver|Stone|Summit|Thames|Union|Vector|Vertex|Victoria|Vista|Wessex|York|Albion|Anchor|Beacon|Bridge|Cedar"""
ENGLISH_TAILS = (
    """wind|field|gate|port|bridge|works|stead|ford|wood|mark|line|point|craft|crest|dale|haven|land|light|shore|view"""
)
ENGLISH_CLAUSES = (
    "Delivery takes place within thirty calendar days after the advance has been received.",
    "The buyer pays thirty per cent in advance within five working days of signature.",
    "The warranty period is twenty-four months from the date of acceptance.",
    "Late payment bears interest of one tenth of a per cent for each day of delay.",
    "Disputes are settled by negotiation, and failing that by arbitration.",
    "Neither party is liable for delay caused by circumstances beyond reasonable control.",
    "Confidential information is not disclosed to third parties without written consent.",
    "The consignor insures the goods in transit at its own expense.",
    "The services were rendered in full and the parties have no claims against each other.",
    "Please confirm receipt and suggest a convenient time for collection.",
)


def _list(words: str) -> list[str]:
    return words.replace("\n", "").split("|")


@dataclass(frozen=True)
class Tongue:
    """What papers of one language are made of."""

    goods: list[str]
    cities: list[str]
    surnames: list[str]
    first_names: list[str]
    companies: list[str]
    clauses: tuple[str, ...]
    months: list[str]
    kinds: tuple[tuple[str, str], ...]
    """A title and what its paper says, by slots."""


RUSSIAN = Tongue(
    _list(RUSSIAN_GOODS),
    _list(RUSSIAN_CITIES),
    _list(RUSSIAN_NAMES),
    _list(RUSSIAN_FIRST),
    [f"{head}{tail}" for tail in _list(RUSSIAN_TAILS) for head in _list(RUSSIAN_HEADS)],
    RUSSIAN_CLAUSES,
    [
        "января",
        "февраля",
        "марта",
        "апреля",
        "мая",
        "июня",
        "июля",
        "августа",
        "сентября",
        "октября",
        "ноября",
        "декабря",
    ],
    (
        (
            "Договор поставки",
            "г. {city}, {day} {month} {year} г. ООО «{company}» в лице директора {first} {name} и ООО «{other}» заключили "
            "договор поставки № {n}. Поставщик передаёт, а покупатель принимает и оплачивает: {goods}, {more}. "
            "Цена договора {amount} рублей, включая НДС. {clause} {clause2}",
        ),
        (
            "Акт выполненных работ",
            "Акт № {n} от {day} {month} {year} г. Исполнитель ООО «{company}», г. {city}, сдал, а заказчик АО «{other}» "
            "принял работы: {goods}, {more}. Стоимость {amount} рублей. Ответственный {first} {name}. {clause} {clause2}",
        ),
        (
            "Счёт на оплату",
            "Счёт № {n} от {day} {month} {year} г. Плательщик ООО «{company}», г. {city}. Наименование: {goods}; {more}. "
            "Итого к оплате {amount} рублей. Бухгалтер {first} {name}. {clause}",
        ),
        (
            "Письмо о готовности заказа",
            "{first} {name}, здравствуйте! Сообщаем, что заказ № {n} готов к отгрузке со склада, г. {city}: {goods}, {more}. "
            "Получатель ООО «{company}», перевозчик «{other}». {clause} {clause2}",
        ),
    ),
)
ENGLISH = Tongue(
    _list(ENGLISH_GOODS),
    _list(ENGLISH_CITIES),
    _list(ENGLISH_NAMES),
    _list(ENGLISH_FIRST),
    [f"{head}{tail}" for tail in _list(ENGLISH_TAILS) for head in _list(ENGLISH_HEADS)],
    ENGLISH_CLAUSES,
    [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    (
        (
            "Service agreement",
            "{city}, {day} {month} {year}. {company} Ltd, represented by {first} {name}, and {other} plc have entered into "
            "agreement No. {n} on {goods} and {more} for the total price of {amount} pounds. {clause} {clause2}",
        ),
        (
            "Invoice",
            "Invoice No. {n} of {day} {month} {year}. Bill to {company} Ltd, {city}, attention {first} {name}. "
            "Description: {goods}; {more}. Amount due {amount} pounds. {clause}",
        ),
        (
            "Delivery note",
            "Dear {first} {name}, your order No. {n} of {goods} and {more} is ready for collection in {city}. "
            "Consignee {company} Ltd, carrier {other}. {clause} {clause2}",
        ),
    ),
)
ENGLISH_SHARE = 0.25


@dataclass(frozen=True)
class Paper:
    """One made-up document."""

    language: str
    kind: int
    title: str
    text: str


def paper(n: int) -> Paper:
    """The n-th paper."""
    chance = Random(n)
    tongue = ENGLISH if chance.random() < ENGLISH_SHARE else RUSSIAN
    kind = int(chance.random() * len(tongue.kinds))
    title, sentence = tongue.kinds[kind]
    year = 2023 + int(chance.random() * 4)
    text = sentence.format_map(_slots(tongue, chance, n, year))
    return Paper("en" if tongue is ENGLISH else "ru", kind, title, text)


def person(n: int) -> tuple[str, str, str]:
    """The n-th client: language, full name, company."""
    chance = Random(-n - 1)
    tongue = ENGLISH if chance.random() < ENGLISH_SHARE else RUSSIAN
    name = f"{_one(tongue.first_names, chance)} {_one(tongue.surnames, chance)}"
    return "en" if tongue is ENGLISH else "ru", name, _skewed(tongue.companies, chance)


def _slots(tongue: Tongue, chance: Random, n: int, year: int) -> dict[str, object]:
    return {
        "n": n,
        "year": year,
        "day": 1 + int(chance.random() * 28),
        "month": _one(tongue.months, chance),
        "city": _skewed(tongue.cities, chance),
        "company": _skewed(tongue.companies, chance),
        "other": _skewed(tongue.companies, chance),
        "first": _one(tongue.first_names, chance),
        "name": _skewed(tongue.surnames, chance),
        "goods": _skewed(tongue.goods, chance),
        "more": _skewed(tongue.goods, chance),
        "amount": int(chance.random() * 5_000_000),
        "clause": _one(tongue.clauses, chance),
        "clause2": _one(tongue.clauses, chance),
    }


def _one(among: Sequence[str], chance: Random) -> str:
    return among[int(chance.random() * len(among))]


def _skewed(among: Sequence[str], chance: Random) -> str:
    """The first ones often, the last ones hardly ever."""
    return among[int(chance.random() ** 3 * len(among))]
